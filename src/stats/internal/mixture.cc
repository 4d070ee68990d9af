#include "stats/internal/mixture.h"

#include <cmath>

#include "stats/special.h"

namespace gyre::stats::internal {

double LogNormalMixture(double sum, double n, double rho2) {
  const double spread = n * rho2 + 1;
  return rho2 * sum * sum / (2 * spread) - 0.5 * std::log(spread);
}

double NormalMixtureBoundary(double n, double rho2, double alpha) {
  const double spread = n * rho2 + 1;
  return std::sqrt(2 * spread / rho2 * (0.5 * std::log(spread) - std::log(alpha)));
}

double NormalMixtureTuning(double n, double alpha) {
  // Waudby-Smith et al. 2021, appendix: the minimiser of the boundary at n, up to a lower-order term.
  const double log_inverse = -2 * std::log(alpha);
  return (log_inverse + std::log(log_inverse + 1)) / n;
}

double LogGammaExponentialMixture(double sum, double variance, double rho) {
  // The integral over lambda in [0, 1) of exp(lambda sum + variance (ln(1 - lambda) + lambda)) with a truncated gamma
  // weight on 1 - lambda; substituting u = 1 - lambda leaves an incomplete gamma function.
  const double shape = variance + rho;
  const double rate = sum + shape;
  const double log_weight = rho * std::log(rho) - LogGamma(rho) - std::log(GammaP(rho, rho));
  return log_weight + sum + variance + LogGamma(shape) + std::log(GammaP(shape, rate)) - shape * std::log(rate);
}

double GammaExponentialBoundary(double variance, double rho, double alpha) {
  const double target = -std::log(alpha);
  double low = 0;
  double high = 1;
  while (LogGammaExponentialMixture(high, variance, rho) < target) high *= 2;
  for (int i = 0; i < 60 && high - low > 1e-12 * high; ++i) {
    const double middle = (low + high) / 2;
    (LogGammaExponentialMixture(middle, variance, rho) < target ? low : high) = middle;
  }
  return high;
}

}  // namespace gyre::stats::internal
