#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace gyre::train::internal {

/// Encoded training rows: what an algorithm sees. Row-major float32.
struct Rows {
  size_t features = 0;
  size_t classes = 0;
  std::vector<float> values;
  std::vector<int32_t> labels;

  size_t count() const { return labels.size(); }
  std::span<const float> Row(size_t row) const { return std::span(values).subspan(row * features, features); }
};

std::vector<size_t> CountClasses(const Rows& rows);

/// rows / (classes x rows of the class) for each class if `balanced`, else 1: scikit-learn's class_weight="balanced".
std::vector<double> ClassWeights(const Rows& rows, bool balanced);

}  // namespace gyre::train::internal
