#include "stats/internal/durbin.h"

#include <cmath>

namespace gyre::stats::internal {
namespace {

/// A square matrix times 2^exponent.
struct ScaledMatrix {
  size_t size;
  std::vector<double> values;
  int exponent = 0;

  double& At(size_t row, size_t column) { return values[row * size + column]; }
  double At(size_t row, size_t column) const { return values[row * size + column]; }
};

ScaledMatrix Multiply(const ScaledMatrix& a, const ScaledMatrix& b) {
  ScaledMatrix product{
      .size = a.size, .values = std::vector<double>(a.size * a.size, 0.0), .exponent = a.exponent + b.exponent};
  for (size_t i = 0; i < a.size; ++i) {
    for (size_t k = 0; k < a.size; ++k) {
      const double factor = a.At(i, k);
      for (size_t j = 0; j < a.size; ++j) product.At(i, j) += factor * b.At(k, j);
    }
  }
  constexpr int kStep = 400;
  if (product.At(a.size / 2, a.size / 2) > std::ldexp(1.0, kStep)) {
    for (double& value : product.values) value = std::ldexp(value, -kStep);
    product.exponent += kStep;
  }
  return product;
}

/// The matrix of transition volumes for band width n d = k - h, with k whole and 0 <= h < 1.
ScaledMatrix TransitionMatrix(int64_t k, double h) {
  const auto size = static_cast<size_t>(2 * k - 1);
  ScaledMatrix matrix{.size = size, .values = std::vector<double>(size * size, 0.0)};
  std::vector<double> inverse_factorial(size + 1, 1.0);
  for (size_t i = 1; i <= size; ++i) inverse_factorial[i] = inverse_factorial[i - 1] / static_cast<double>(i);
  for (size_t i = 0; i < size; ++i) {
    for (size_t j = 0; j < size && j <= i + 1; ++j) matrix.At(i, j) = inverse_factorial[i + 1 - j];
  }
  for (size_t i = 0; i < size; ++i) {
    const double removed = std::pow(h, static_cast<double>(i + 1)) * inverse_factorial[i + 1];
    matrix.At(i, 0) -= removed;
    matrix.At(size - 1, size - 1 - i) -= removed;
  }
  if (2 * h > 1) matrix.At(size - 1, 0) += std::pow(2 * h - 1, static_cast<double>(size)) * inverse_factorial[size];
  return matrix;
}

}  // namespace

double DurbinCdf(int64_t n, double d) {
  const double width = static_cast<double>(n) * d;
  const auto k = static_cast<int64_t>(std::ceil(width));
  ScaledMatrix base = TransitionMatrix(k, static_cast<double>(k) - width);
  ScaledMatrix power{.size = base.size, .values = std::vector<double>(base.size * base.size, 0.0)};
  for (size_t i = 0; i < base.size; ++i) power.At(i, i) = 1;
  for (int64_t left = n; left > 0; left /= 2) {
    if (left % 2 == 1) power = Multiply(power, base);
    if (left > 1) base = Multiply(base, base);
  }
  // Times n! / n^n, factor by factor so that nothing leaves the range of a double.
  const auto middle = static_cast<size_t>(k - 1);
  double value = power.At(middle, middle);
  int exponent = power.exponent;
  for (int64_t i = 1; i <= n; ++i) {
    value *= static_cast<double>(i) / static_cast<double>(n);
    if (value < 1e-140) {
      value = std::ldexp(value, 400);
      exponent -= 400;
    }
  }
  return std::ldexp(value, exponent);
}

}  // namespace gyre::stats::internal
