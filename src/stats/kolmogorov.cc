#include "stats/kolmogorov.h"

#include <cmath>
#include <numbers>
#include <numeric>

#include "stats/internal/deviance.h"
#include "stats/internal/durbin.h"

namespace gyre::stats {
namespace {

constexpr double kPi2 = std::numbers::pi * std::numbers::pi;

/// P(D_n <= d) after Pelz and Good: Kolmogorov's limit and its corrections in 1/sqrt(n), 1/n and n^-3/2. The series are
/// theta functions, summed in the form that converges fast for small z = sqrt(n) d.
double PelzGoodCdf(int64_t n, double d) {
  const double root = std::sqrt(static_cast<double>(n));
  const double z = root * d;
  const double z2 = z * z;
  const double z4 = z2 * z2;
  const double z6 = z4 * z2;
  const double log_step = -kPi2 / (2 * z2);
  double k0 = 0;
  double k1 = 0;
  double k2 = 0;
  double k3 = 0;
  const int terms = static_cast<int>(std::ceil(16 * z / std::numbers::pi)) + 1;
  for (int k = terms; k >= 0; --k) {
    const double half = kPi2 * (k + 0.5) * (k + 0.5);
    const double weight = 2 * std::exp(log_step * (k + 0.5) * (k + 0.5));
    k0 += weight;
    k1 += weight * (half - z2);
    k2 += weight * (6 * z6 + 2 * z4 + half * (2 * z4 - 5 * z2) + half * half * (1 - 2 * z2));
    k3 += weight * (half * half * half * (5 - 30 * z2) + half * half * (212 * z4 - 60 * z2) +
                    half * (135 * z4 - 96 * z6) - 30 * z6 - 90 * z6 * z2);
  }
  double whole2 = 0;
  double whole3 = 0;
  for (int k = terms; k >= 1; --k) {
    const double whole = kPi2 * k * k;
    const double weight = 2 * std::exp(log_step * k * k);
    whole2 += weight * whole;
    whole3 += weight * (3 * whole * z2 - whole * whole);
  }
  const double scale = std::sqrt(std::numbers::pi / 2);
  k0 *= scale / z;
  k1 *= scale / (6 * z4);
  k2 = scale * (k2 / (72 * z6 * z) - whole2 / (36 * z2 * z));
  k3 = scale * (k3 / (6480 * z4 * z6) + whole3 / (216 * z6));
  return k0 + (k1 + (k2 + k3 / root) / root) / root;
}

/// Close to the two ends the probability has a closed form (Ruben and Gambino, 1982).
double NearZeroCdf(int64_t n, double t) {
  // n! ((2t - 1) / n)^n
  const double size = static_cast<double>(n);
  const double log_factorial_ratio =
      internal::StirlingError(size) + 0.5 * std::log(2 * std::numbers::pi * size) - size;  // ln(n! / n^n)
  return std::exp(log_factorial_ratio + size * std::log(2 * t - 1));
}

double Clip(double probability) {
  return std::clamp(probability, 0.0, 1.0);
}

/// Equal sizes: the reflection principle, summed from the smallest term (Hodges, 1958).
double EqualSizesSurvival(int64_t n, int64_t h) {
  double survival = 0;
  for (int64_t k = n / h; k >= 0; --k) {
    double ratio = 1;
    for (int64_t j = 0; j < h; ++j) {
      ratio *= static_cast<double>(n - k * h - j) / static_cast<double>(n + k * h + j + 1);
    }
    survival = ratio * (1 - survival);
  }
  return Clip(2 * survival);
}

}  // namespace

double SmirnovSurvival(int64_t n, double d) {
  if (d <= 0) return 1;
  if (d >= 1) return 0;
  const double size = static_cast<double>(n);
  double sum = 0;
  const auto last = static_cast<int64_t>(std::floor(size * (1 - d)));
  for (int64_t j = 0; j <= last; ++j) {
    const double p = d + static_cast<double>(j) / size;
    sum += internal::BinomialPoint(static_cast<double>(j), size, p) * (d / p);
  }
  return Clip(sum);
}

double KolmogorovSurvival(int64_t n, double d) {
  const double size = static_cast<double>(n);
  const double t = size * d;
  const double scaled = t * d;
  if (t <= 0.5) return 1;
  if (d >= 1) return 0;
  if (t <= 1) return Clip(1 - NearZeroCdf(n, t));
  if (t >= size - 1) return Clip(2 * std::pow(1 - d, size));
  if (d >= 0.5) return Clip(2 * SmirnovSurvival(n, d));
  if (n <= 140) return scaled <= 4 ? Clip(1 - internal::DurbinCdf(n, d)) : Clip(2 * SmirnovSurvival(n, d));
  if (scaled >= 370) return 0;
  if (scaled >= 2.2) return Clip(2 * SmirnovSurvival(n, d));
  if (n <= 100'000 && t * std::sqrt(d) <= 1.4) return Clip(1 - internal::DurbinCdf(n, d));
  return Clip(1 - PelzGoodCdf(n, d));
}

double TwoSampleKolmogorovSurvival(int64_t n1, int64_t n2, int64_t h) {
  if (h <= 0) return 1;
  if (n1 == n2) return h > n1 ? 0 : EqualSizesSurvival(n1, h);
  const auto rows = std::max(n1, n2);
  const auto columns = std::min(n1, n2);
  const int64_t divisor = std::gcd(rows, columns);
  const int64_t row_step = columns / divisor;
  const int64_t column_step = rows / divisor;
  if (h > row_step * rows) return 0;

  // outside[j]: the probability that a random order of the first i values of one sample and j of the other has left the
  // band |i row_step - j column_step| < h. A sum of positive terms: small probabilities keep their digits (Viehmann,
  // "Numerically more stable computation of the p-values for the two-sample Kolmogorov-Smirnov test", 2021).
  std::vector<double> outside(static_cast<size_t>(columns) + 1, 1.0);
  for (int64_t j = 0; j <= columns && j * column_step < h; ++j) outside[j] = 0;
  std::vector<double> inverse(static_cast<size_t>(rows + columns) + 1, 0.0);
  for (size_t i = 1; i < inverse.size(); ++i) inverse[i] = 1 / static_cast<double>(i);
  for (int64_t i = 1; i <= rows; ++i) {
    const int64_t middle = i * row_step;
    const int64_t first = middle < h ? 0 : (middle - h) / column_step + 1;
    const int64_t last = std::min(columns, (middle + h - 1) / column_step);
    if (first > 0) outside[first - 1] = 1;
    for (int64_t j = first; j <= last; ++j) {
      const double before = j == 0 ? 0 : static_cast<double>(j) * outside[j - 1];
      outside[j] = (static_cast<double>(i) * outside[j] + before) * inverse[i + j];
    }
  }
  return Clip(outside[columns]);
}

}  // namespace gyre::stats
