#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gyre::model {

enum class FeatureType {
  kNumber,    ///< float32 in the graph, in training and in the log alike; NaN is a missing value
  kCategory,  ///< UTF-8 text; the empty string is a missing value
};

std::string_view FeatureTypeName(FeatureType type);
base::Result<FeatureType> ParseFeatureType(std::string_view name);

/// One named column of raw feature values, as a caller sends them: `numbers` or `categories` is filled by type.
struct FeatureColumn {
  std::string name;
  FeatureType type = FeatureType::kNumber;
  std::vector<float> numbers;
  std::vector<std::string> categories;

  size_t size() const { return type == FeatureType::kNumber ? numbers.size() : categories.size(); }
};

/// Raw feature columns of equal length: what trainers fit on, graphs answer and monitors compare. A plain value.
struct Frame {
  std::vector<FeatureColumn> columns;

  size_t rows() const { return columns.empty() ? 0 : columns.front().size(); }
  /// Null if there is none of that name.
  const FeatureColumn* Find(std::string_view name) const;
  /// The rows at `indices`, in that order; an index may repeat.
  Frame Take(const std::vector<size_t>& indices) const;
  /// Fails, naming the column, unless all columns have the same length and distinct names.
  base::Result<void> Check() const;
};

/// Class probabilities (or any per-class figure) of `rows` rows: row-major, rows x classes.
struct Scores {
  size_t classes = 0;
  std::vector<float> values;

  size_t rows() const { return classes == 0 ? 0 : values.size() / classes; }
  float At(size_t row, size_t label) const { return values[row * classes + label]; }
};

}  // namespace gyre::model
