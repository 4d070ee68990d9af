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
  /// Hard bounds (inclusive) declared by an expectation: a value outside is a mistake, not drift. Numbers only.
  std::optional<double> minimum;
  std::optional<double> maximum;
  /// The categories training saw. Others are answered too (as "none of these") unless `closed`.
  std::vector<std::string> categories;
  bool closed = false;

  bool operator==(const Feature&) const = default;
};

/// What a model takes and gives. Immutable once made; JSON form in docs/formats/bundle.md.
struct Signature {
  std::vector<Feature> inputs;
  /// Class names in the order of the probability output; two or more.
  std::vector<std::string> classes;
  /// The class whose probability is reported for a two-class model; the last one unless said otherwise.
  std::string positive_class;
  /// Names of the graph's outputs: label is a [N] tensor of strings or int64, probability [N, classes] of float.
  std::string label_output = "label";
  std::string probability_output = "probability";

  bool operator==(const Signature&) const = default;

  const Feature* Find(std::string_view name) const;
  size_t positive_index() const;

  base::Json ToJson() const;
  /// Strict: this is also how an outside party's signature comes in.
  static base::Result<Signature> FromJson(const base::Json& json);
};

/// Checks every value of `frame` against the signature, in signature order. The error names the row (from 0) and the
/// feature ("row 3: humid is 140, above its maximum 100").
base::Result<void> CheckFrame(const Signature& signature, const Frame& frame);

}  // namespace gyre::model
