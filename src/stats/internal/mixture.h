#pragma once

namespace gyre::stats::internal {

/// Logarithms of mixture supermartingales: each is, under "no difference", the log of a non-negative process that
/// starts at 1 and exceeds 1/a with probability at most a, at any time.

/// Normal mixture, two-sided: `sum` of n observations over their standard deviation, `rho2` the mixing variance.
double LogNormalMixture(double sum, double n, double rho2);
/// The |sum| at which it reaches ln(1/alpha).
double NormalMixtureBoundary(double n, double rho2, double alpha);
/// The mixing variance whose boundary is tightest at n.
double NormalMixtureTuning(double n, double alpha);

/// Gamma-exponential mixture, one-sided, for `sum` >= 0 of observations in an interval of length 1, `variance` the sum
/// of their squared deviations from predictable guesses (Howard et al. 2021, proposition 9, with scale c = 1).
double LogGammaExponentialMixture(double sum, double variance, double rho);
/// The sum at which it reaches ln(1/alpha).
double GammaExponentialBoundary(double variance, double rho, double alpha);

}  // namespace gyre::stats::internal
