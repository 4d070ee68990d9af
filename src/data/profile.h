#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "engine/value.h"

namespace gyre::data {

/// What a column holds, for people to look at. Exact, not sampled. (What drift is measured against is the model
/// version's own reference profile, model/profile.h.)
struct ColumnProfile {
  std::string name;
  engine::DataType type = engine::DataType::kNumber;
  uint64_t count = 0;  ///< rows with a value
  uint64_t nulls = 0;
  uint64_t distinct = 0;  ///< different values, nulls aside
  engine::Value minimum;  ///< texts compare by their bytes; null if there are no values
  engine::Value maximum;
  /// Of integers, numbers and booleans (true is 1); absent without values or where a double overflows.
  std::optional<double> mean;
  std::optional<double> stddev;  ///< of the sample (denominator n - 1); absent under two values
  /// At kQuantiles, linearly interpolated (type 7 of Hyndman and Fan, 1996); integers and numbers only, else empty.
  std::vector<double> quantiles;

  struct ValueCount {
    engine::Value value;
    uint64_t count = 0;
    bool operator==(const ValueCount&) const = default;
  };
  std::vector<ValueCount> top;  ///< the ten most frequent values; of equally frequent ones the smaller

  static constexpr std::array kQuantiles = {0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99};
  static constexpr size_t kTop = 10;
  /// Longer texts are cut here in `minimum`, `maximum` and `top`.
  static constexpr size_t kMaxTextBytes = 200;

  /// docs/formats/dataset.md has the form.
  base::Json ToJson() const;
  static base::Result<ColumnProfile> FromJson(const base::Json& json, std::string_view path);

  bool operator==(const ColumnProfile&) const = default;
};

}  // namespace gyre::data
