#pragma once

namespace gyre::stats {

/// P(Z <= x) and P(Z > x) of the standard normal, to 1e-12 of their value in both tails.
double NormalCdf(double x);
double NormalSurvival(double x);
/// The x with NormalCdf(x) = p (Wichura, algorithm AS 241, 1988); infinite at 0 and 1, NaN outside.
double NormalQuantile(double p);

/// Regularised incomplete gamma functions, P(a, x) = 1 - Q(a, x), for a > 0 and x >= 0; NaN elsewhere.
double GammaP(double a, double x);
double GammaQ(double a, double x);
/// ln Gamma(x) for x > 0, without the global variable that std::lgamma writes.
double LogGamma(double x);

/// P(X > x) of the chi-squared distribution.
double ChiSquaredSurvival(double degrees_of_freedom, double x);

}  // namespace gyre::stats
