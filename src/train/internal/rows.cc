#include "train/internal/rows.h"

namespace gyre::train::internal {

std::vector<size_t> CountClasses(const Rows& rows) {
  std::vector<size_t> counts(rows.classes, 0);
  for (const int32_t label : rows.labels) ++counts[static_cast<size_t>(label)];
  return counts;
}

std::vector<double> ClassWeights(const Rows& rows, bool balanced) {
  std::vector<double> weights(rows.classes, 1.0);
  if (!balanced) return weights;
  const auto counts = CountClasses(rows);
  for (size_t label = 0; label < weights.size(); ++label) {
    weights[label] =
        static_cast<double>(rows.count()) / (static_cast<double>(rows.classes) * static_cast<double>(counts[label]));
  }
  return weights;
}

}  // namespace gyre::train::internal
