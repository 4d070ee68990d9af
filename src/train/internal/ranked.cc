#include "train/internal/ranked.h"

namespace gyre::train::internal {

RankedColumns::RankedColumns(const Rows& rows)
    : rows_(rows.count()), ranks_(rows.values.size()), values_(rows.features) {
  std::vector<std::pair<float, uint32_t>> order(rows_);
  for (size_t feature = 0; feature < rows.features; ++feature) {
    for (size_t row = 0; row < rows_; ++row) {
      order[row] = {rows.values[row * rows.features + feature], static_cast<uint32_t>(row)};
    }
    std::ranges::sort(order);
    auto& distinct = values_[feature];
    for (const auto& [value, row] : order) {
      if (distinct.empty() || value != distinct.back()) distinct.push_back(value);
      ranks_[feature * rows_ + row] = static_cast<uint32_t>(distinct.size() - 1);
    }
  }
}

float RankedColumns::Threshold(size_t feature, uint32_t low_rank, uint32_t high_rank) const {
  const float low = values_[feature][low_rank];
  const float high = values_[feature][high_rank];
  const auto middle = static_cast<float>((static_cast<double>(low) + static_cast<double>(high)) / 2);
  return middle < high ? middle : low;
}

}  // namespace gyre::train::internal
