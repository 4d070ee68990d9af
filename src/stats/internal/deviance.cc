#include "stats/internal/deviance.h"

#include <cmath>
#include <numbers>

#include "stats/special.h"

namespace gyre::stats::internal {

double StirlingError(double n) {
  if (n < 16) return LogGamma(n + 1) - (n + 0.5) * std::log(n) + n - 0.5 * std::log(2 * std::numbers::pi);
  const double squared = n * n;
  return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / squared) / squared) / squared) / squared) /
         n;
}

double Deviance(double x, double m) {
  const double difference = x - m;
  if (std::abs(difference) >= 0.1 * (x + m)) return x * std::log(x / m) + m - x;
  // With v = (x-m)/(x+m): ln(x/m) = 2 (v + v^3/3 + v^5/5 ...).
  const double v = difference / (x + m);
  double sum = difference * v;
  double power = 2 * x * v;
  for (int j = 1; j < 1000; ++j) {
    power *= v * v;
    const double next = sum + power / (2 * j + 1);
    if (next == sum) break;
    sum = next;
  }
  return sum;
}

double PoissonPoint(double a, double x) {
  return std::exp(-StirlingError(a) - Deviance(a, x)) / std::sqrt(2 * std::numbers::pi * a);
}

double BinomialPoint(double k, double n, double p) {
  if (p <= 0) return k == 0 ? 1 : 0;
  if (p >= 1) return k == n ? 1 : 0;
  if (k == 0) return std::exp(n * std::log1p(-p));
  if (k == n) return std::exp(n * std::log(p));
  const double log_point =
      StirlingError(n) - StirlingError(k) - StirlingError(n - k) - Deviance(k, n * p) - Deviance(n - k, n * (1 - p));
  return std::exp(log_point) * std::sqrt(n / (2 * std::numbers::pi * k * (n - k)));
}

}  // namespace gyre::stats::internal
