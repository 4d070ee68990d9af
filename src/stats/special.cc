#include "stats/special.h"

#include <cmath>
#include <limits>
#include <math.h>
#include <numbers>

#include "stats/internal/deviance.h"

namespace gyre::stats {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

template <size_t n>
double Polynomial(const std::array<double, n>& coefficients, double x) {
  double value = 0;
  for (const double coefficient : coefficients) value = value * x + coefficient;
  return value;
}

template <size_t n>
double Ratio(const std::array<double, n>& above, const std::array<double, n>& below, double x) {
  return Polynomial(above, x) / Polynomial(below, x);
}

/// P(a, x) by its power series, quick for x < a + 1.
double GammaSeries(double a, double x) {
  double term = 1;
  double sum = 1;
  for (double n = a + 1; term > sum * 1e-17; ++n) {
    term *= x / n;
    sum += term;
  }
  return sum * internal::PoissonPoint(a, x);
}

/// Q(a, x) by Legendre's continued fraction, evaluated by Lentz's method; quick for x > a + 1.
double GammaFraction(double a, double x) {
  constexpr double kTiny = 1e-300;
  double b = x + 1 - a;
  double c = 1 / kTiny;
  double d = 1 / b;
  double fraction = d;
  for (int i = 1; i < 1'000'000; ++i) {
    const double an = -i * (i - a);
    b += 2;
    d = an * d + b;
    if (std::abs(d) < kTiny) d = kTiny;
    c = b + an / c;
    if (std::abs(c) < kTiny) c = kTiny;
    d = 1 / d;
    const double step = d * c;
    fraction *= step;
    if (std::abs(step - 1) < 1e-15) break;
  }
  return fraction * internal::PoissonPoint(a, x) * a;
}

}  // namespace

double NormalCdf(double x) {
  return 0.5 * std::erfc(-x / std::numbers::sqrt2);
}
double NormalSurvival(double x) {
  return 0.5 * std::erfc(x / std::numbers::sqrt2);
}

double NormalQuantile(double p) {
  static constexpr std::array kCentralAbove = {
      2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
      1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0};
  static constexpr std::array kCentralBelow = {
      5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
      5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0};
  static constexpr std::array kMiddleAbove = {
      7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
      3.64784832476320460504e0,  5.76949722146069140550e0,  4.63033784615654529590e0,  1.42343711074968357734e0};
  static constexpr std::array kMiddleBelow = {
      1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
      6.89767334985100004550e-1, 1.67638483018380384940e0,  2.05319162663775882187e0,  1.0};
  static constexpr std::array kTailAbove = {
      2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
      2.96560571828504891230e-1, 1.78482653991729133580e0,  5.46378491116411436990e0,  6.65790464350110377720e0};
  static constexpr std::array kTailBelow = {
      2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
      1.48753612908506148525e-2,  1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0};
  if (!(p >= 0 && p <= 1)) return kNaN;
  const double centred = p - 0.5;
  if (std::abs(centred) <= 0.425) return centred * Ratio(kCentralAbove, kCentralBelow, 0.180625 - centred * centred);
  const double tail = centred < 0 ? p : 1 - p;
  if (tail == 0) return std::copysign(std::numeric_limits<double>::infinity(), centred);
  const double r = std::sqrt(-std::log(tail));
  const double x = r <= 5 ? Ratio(kMiddleAbove, kMiddleBelow, r - 1.6) : Ratio(kTailAbove, kTailBelow, r - 5);
  return std::copysign(x, centred);
}

double LogGamma(double x) {
  int sign = 0;
  return lgamma_r(x, &sign);
}

double GammaP(double a, double x) {
  if (!(a > 0) || !(x >= 0)) return kNaN;
  if (x == 0) return 0;
  if (std::isinf(x)) return 1;
  return x < a + 1 ? GammaSeries(a, x) : 1 - GammaFraction(a, x);
}

double GammaQ(double a, double x) {
  if (!(a > 0) || !(x >= 0)) return kNaN;
  if (x == 0) return 1;
  if (std::isinf(x)) return 0;
  return x < a + 1 ? 1 - GammaSeries(a, x) : GammaFraction(a, x);
}

double ChiSquaredSurvival(double degrees_of_freedom, double x) {
  if (!(degrees_of_freedom > 0)) return kNaN;
  return x <= 0 ? 1 : GammaQ(degrees_of_freedom / 2, x / 2);
}

}  // namespace gyre::stats
