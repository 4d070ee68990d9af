#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "model/frame.h"

namespace gyre::model {

/// One input column of a model and what a caller may send in it.
struct Feature {
  std::string name;
  FeatureType type = FeatureType::kNumber;
  /// May be left out or null: training knew missing values here, so the graph imputes them.
  bool nullable = false;
  /// Hard bounds (inclusive, compared in float32) declared by an expectation: a value outside is a mistake, not drift.
  /// Numbers only.
  std::optional<double> minimum = {};
  std::optional<double> maximum = {};
  /// The categories training saw. Others are answered too (as "none of these") unless `closed`.
  std::vector<std::string> categories = {};
  bool closed = false;

  bool operator==(const Feature&) const = default;
};

enum class Task {
  kClassification,
  kRegression,  ///< only graphs from outside so far; `classes` is empty
};

/// What a model takes and gives. Immutable once made; JSON form in docs/formats/bundle.md.
struct Signature {
  Task task = Task::kClassification;
  std::vector<Feature> inputs;
  /// Class names in the order of the probability output; two or more.
  std::vector<std::string> classes;
  /// The class whose probability is reported for a two-class model; the last one unless said otherwise.
  std::string positive_class;
  /// Names of the graph's outputs. Label: [N] or [N, 1] of strings or int64 (in decimal they are class names); empty if
  /// the graph gives none, then the largest probability decides. Probability: [N, classes] of float or double, or
  /// ZipMap's sequence of maps; empty if the graph gives none.
  std::string label_output = "label";
  std::string probability_output = "probability";
  /// Of a regression: [N] or [N, 1] of float or double.
  std::string value_output;

  bool operator==(const Signature&) const = default;

  /// Null if there is none of that name.
  const Feature* Find(std::string_view name) const;
  size_t positive_index() const;
  /// How many inputs are of `type`.
  size_t CountInputs(FeatureType type) const;

  /// Fails unless names are distinct, bounds and sets make sense, and outputs fit the task.
  base::Result<void> Check() const;

  base::Json ToJson() const;
  /// Strict: this is also how an outside party's signature comes in.
  static base::Result<Signature> FromJson(const base::Json& json);
};

/// Checks every value of `frame` against the signature, in signature order. The error names the row (from 0) and the
/// feature ("row 3: humid is 140, above its maximum 100"). A column of a nullable feature may be absent; one that the
/// signature does not know is refused.
base::Result<void> CheckFrame(const Signature& signature, const Frame& frame);

}  // namespace gyre::model
