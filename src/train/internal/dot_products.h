#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "train/internal/rows.h"

namespace gyre::train::internal {

/// x_i . x_j of all pairs of rows, summed feature by feature in double: every SVM kernel is a function of these, so
/// that trials share them whatever their kernel parameters. Row-major n x n; worth its memory for `kMostRows` rows or
/// fewer.
class DotProducts {
 public:
  static constexpr size_t kMostRows = 2000;

  explicit DotProducts(const Rows& rows);

  size_t size() const { return size_; }
  std::span<const double> Row(size_t row) const { return std::span(products_).subspan(row * size_, size_); }

 private:
  size_t size_;
  std::vector<double> products_;
};

}  // namespace gyre::train::internal
