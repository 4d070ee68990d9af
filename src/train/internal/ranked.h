#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "train/internal/rows.h"

namespace gyre::train::internal {

/// Feature values as their rank among the column's distinct values: all that a split needs to know until it becomes a
/// threshold. Made once, shared by all trees and trials. Column-major.
class RankedColumns {
 public:
  explicit RankedColumns(const Rows& rows);

  size_t rows() const { return rows_; }
  size_t features() const { return values_.size(); }
  std::span<const uint32_t> Ranks(size_t feature) const { return std::span(ranks_).subspan(feature * rows_, rows_); }

  /// A float32 t with `low value <= t < high value`, the middle if a float32 lies there: the split decides alike in
  /// float32 arithmetic everywhere.
  float Threshold(size_t feature, uint32_t low_rank, uint32_t high_rank) const;

 private:
  size_t rows_;
  std::vector<uint32_t> ranks_;
  std::vector<std::vector<float>> values_;  ///< distinct, ascending, per feature
};

}  // namespace gyre::train::internal
