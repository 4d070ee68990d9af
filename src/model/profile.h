#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "model/frame.h"

namespace gyre::model {

/// What training saw in one number column.
struct NumberProfile {
  uint64_t count = 0;    ///< values present
  uint64_t missing = 0;  ///< NaN, infinite or absent
  double mean = 0;
  double variance = 0;  ///< of the population (denominator n)
  double minimum = 0;
  double maximum = 0;
  /// Ascending sample of the column's distribution: every value if there are at most `kSampleLimit`, else evenly spaced
  /// quantiles, each standing for the same share of rows (maximum error of the distribution function 1/(2
  /// kSampleLimit)).
  std::vector<float> sorted_sample;

  static constexpr size_t kSampleLimit = 4096;
};

struct CategoryProfile {
  uint64_t count = 0;
  uint64_t missing = 0;
  std::map<std::string, uint64_t> counts;  ///< the most frequent kCategoryLimit
  uint64_t other = 0;                      ///< rows in categories beyond those

  static constexpr size_t kCategoryLimit = 256;
};

/// The distribution of a version's training inputs and of its predictions on the test rows, saved with the version, so
/// that drift needs no set-up. JSON form in docs/formats/bundle.md.
struct ReferenceProfile {
  uint64_t rows = 0;
  std::map<std::string, NumberProfile> numbers;
  std::map<std::string, CategoryProfile> categories;
  /// Predicted labels as a category; per-class probability columns are numbers named "probability.CLASS".
  CategoryProfile predicted_label;
  std::map<std::string, NumberProfile> predicted_probability;

  base::Json ToJson() const;
  static base::Result<ReferenceProfile> FromJson(const base::Json& json);
};

NumberProfile ProfileNumbers(const std::vector<float>& values);
CategoryProfile ProfileCategories(const std::vector<std::string>& values);
/// Profiles every column of `features`; predictions are added by the caller from the test rows.
ReferenceProfile ProfileFrame(const Frame& features);

}  // namespace gyre::model
