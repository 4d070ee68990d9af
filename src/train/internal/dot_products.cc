#include "train/internal/dot_products.h"

#include <cstring>

namespace gyre::train::internal {
namespace {

constexpr size_t kLanes = 8;
/// One register each: the compiler keeps an array of eight, or a vector wider than the machine's, in memory.
using Pair [[gnu::vector_size(16)]] = double;

Pair Load(const double* from) {
  Pair pair;
  std::memcpy(&pair, from, sizeof pair);
  return pair;
}

/// Dot products of `x` with the eight rows of a group.
void Multiply(std::span<const float> x, const double* group, double* sums) {
  Pair a{};
  Pair b{};
  Pair c{};
  Pair d{};
  for (const float value : x) {
    const Pair factor = {static_cast<double>(value), static_cast<double>(value)};
    a += factor * Load(group);
    b += factor * Load(group + 2);
    c += factor * Load(group + 4);
    d += factor * Load(group + 6);
    group += kLanes;
  }
  const Pair pairs[] = {a, b, c, d};
  std::memcpy(sums, pairs, sizeof pairs);
}

/// Rows in groups of eight, feature by feature, so that eight sums run side by side, each in the order of features.
std::vector<double> Grouped(const Rows& rows, size_t groups) {
  std::vector<double> grouped(groups * rows.features * kLanes, 0.0);
  for (size_t row = 0; row < rows.count(); ++row) {
    double* group = &grouped[row / kLanes * rows.features * kLanes];
    for (size_t j = 0; j < rows.features; ++j) {
      group[j * kLanes + row % kLanes] = static_cast<double>(rows.values[row * rows.features + j]);
    }
  }
  return grouped;
}

}  // namespace

DotProducts::DotProducts(const Rows& rows) : size_(rows.count()), products_(size_ * size_) {
  const size_t groups = (size_ + kLanes - 1) / kLanes;
  const auto grouped = Grouped(rows, groups);
  for (size_t i = 0; i < size_; ++i) {
    const auto x = rows.Row(i);
    for (size_t g = 0; g <= i / kLanes; ++g) {
      const double* group = &grouped[g * rows.features * kLanes];
      double sums[kLanes];
      Multiply(x, group, sums);
      for (size_t lane = 0; lane < kLanes && g * kLanes + lane <= i; ++lane) {
        products_[i * size_ + g * kLanes + lane] = sums[lane];
        products_[(g * kLanes + lane) * size_ + i] = sums[lane];
      }
    }
  }
}

}  // namespace gyre::train::internal
