#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/frame.h"

namespace gyre::train {

/// Rows to learn from: raw feature columns and the class of each row. A plain value.
struct Dataset {
  model::Frame features;
  std::vector<int32_t> labels;       ///< index into `classes`, one per row
  std::vector<std::string> classes;  ///< two or more, distinct; their order is that of the probability output

  size_t rows() const { return labels.size(); }
  Dataset Take(const std::vector<size_t>& rows) const;
  /// Fails, naming the column or row, unless lengths agree, labels are classes and every number is finite or missing.
  base::Result<void> Check() const;
};

/// A dataset from one label per row: the classes are the distinct labels, in ascending order (whole numbers by value,
/// as scikit-learn orders them, other labels as text).
base::Result<Dataset> MakeDataset(model::Frame features, const std::vector<std::string>& labels);

}  // namespace gyre::train
