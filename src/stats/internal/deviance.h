#pragma once

namespace gyre::stats::internal {

/// Loader, "Fast and accurate computation of binomial probabilities" (2000): the pieces of point probabilities that
/// lose no digits where factorials and powers nearly cancel.

/// ln(n!) - ln(sqrt(2 pi n) (n/e)^n), n > 0.
double StirlingError(double n);
/// x ln(x/m) + m - x, x and m > 0.
double Deviance(double x, double m);
/// x^a e^-x / Gamma(a + 1): the Poisson probability of `a` events at mean `x`, for any real a > 0 and x > 0.
double PoissonPoint(double a, double x);
/// C(n, k) p^k (1-p)^(n-k) for whole 0 <= k <= n.
double BinomialPoint(double k, double n, double p);

}  // namespace gyre::stats::internal
