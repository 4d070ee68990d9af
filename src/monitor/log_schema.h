#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "model/signature.h"

namespace gyre::monitor {

/// What the rows of one part of the log consist of: the features and classes of the version that answered. Immutable
/// once made.
struct LogSchema {
  struct Feature {
    std::string name;
    model::FeatureType type = model::FeatureType::kNumber;
    bool operator==(const Feature&) const = default;
  };

  model::Task task = model::Task::kClassification;
  std::vector<Feature> features;     ///< in signature order
  std::vector<std::string> classes;  ///< in the order of the probabilities; empty for a regression
  std::string positive_class;

  bool operator==(const LogSchema&) const = default;

  static LogSchema Of(const model::Signature& signature);
  /// That `Of(signature)` would be equal, without making it.
  bool Matches(const model::Signature& signature) const;

  size_t Count(model::FeatureType type) const;

  base::Json ToJson() const;
  static base::Result<LogSchema> FromJson(const base::Json& json);
};

/// The column names of logged rows by position in the schema: "probability.CLASS", "feature.NAME". DuckDB tells names
/// apart without regard to case, so one that differs from an earlier one by case only has its bytes in hexadecimal
/// after a '#'.
std::vector<std::string> ColumnNames(const std::string& prefix, const std::vector<std::string>& names);
std::vector<std::string> FeatureColumnNames(const LogSchema& schema);

}  // namespace gyre::monitor
