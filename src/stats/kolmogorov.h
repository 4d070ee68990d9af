#pragma once

#include <cstdint>

namespace gyre::stats {

/// P(D_n >= d) of the one-sample, two-sided Kolmogorov-Smirnov statistic of n values, n > 0: exact where that is cheap,
/// elsewhere the expansion of Pelz and Good (1976), chosen as Simard and L'Ecuyer ("Computing the two-sided
/// Kolmogorov-Smirnov distribution", 2011) and scipy.stats.kstwo do.
double KolmogorovSurvival(int64_t n, double d);

/// P(D_n+ >= d), one-sided, exact. Costs O(n).
double SmirnovSurvival(int64_t n, double d);

/// P(D >= h / lcm(n1, n2)) for two samples of n1 and n2 values without ties, exact. Costs O(n1 n2) for different sizes
/// (0.1 s for 10,000 by 9,999), O(n1) for equal ones.
double TwoSampleKolmogorovSurvival(int64_t n1, int64_t n2, int64_t h);

}  // namespace gyre::stats
