#pragma once

#include <cmath>
#include <limits>
#include <string_view>
#include <unordered_set>

#include "base/result.h"
#include "model/signature.h"

namespace gyre::model::internal {

/// One feature's rules, laid out for checking millions of values: a comparison each while all is well. Borrows the
/// feature. Immutable.
class FeatureCheck {
 public:
  explicit FeatureCheck(const Feature& feature);

  /// NaN is a missing value.
  bool Accepts(float value) const {
    if (value >= minimum_ && value <= maximum_) return true;
    return std::isnan(value) && feature_->nullable;
  }
  /// The empty string is a missing value.
  bool Accepts(std::string_view value) const;

  /// Why `row` is refused; for values that were.
  base::Error Refuse(float value, size_t row) const;
  base::Error Refuse(std::string_view value, size_t row) const;

  const Feature& feature() const { return *feature_; }

 private:
  base::Error Missing(size_t row) const;

  const Feature* feature_;
  /// Infinities are outside even where no bound is declared.
  float minimum_ = std::numeric_limits<float>::lowest();
  float maximum_ = std::numeric_limits<float>::max();
  std::unordered_set<std::string_view> closed_set_;
};

}  // namespace gyre::model::internal
