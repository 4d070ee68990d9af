#pragma once

#include <cstdint>

namespace gyre::stats::internal {

/// P(D_n <= d), exact, by the power of a small matrix (Durbin 1973 in the form of Marsaglia, Tsang and Wang, 2003).
/// Costs O((n d)^3 log n): for small n d.
double DurbinCdf(int64_t n, double d);

}  // namespace gyre::stats::internal
