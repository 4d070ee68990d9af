#include "train/internal/dot_products.h"

namespace gyre::train::internal {
namespace {

constexpr size_t kLanes = 8;

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
      double sums[kLanes] = {};
      for (size_t j = 0; j < x.size(); ++j) {
        const double value = static_cast<double>(x[j]);
        for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] += value * group[j * kLanes + lane];
      }
      for (size_t lane = 0; lane < kLanes && g * kLanes + lane <= i; ++lane) {
        products_[i * size_ + g * kLanes + lane] = sums[lane];
        products_[(g * kLanes + lane) * size_ + i] = sums[lane];
      }
    }
  }
}

}  // namespace gyre::train::internal
