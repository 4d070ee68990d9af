#include "model/internal/feature_check.h"

#include "base/text.h"

namespace gyre::model::internal {
namespace {

constexpr size_t kShownCategories = 10;

std::string ShownCategories(const Feature& feature) {
  const auto shown = std::min(feature.categories.size(), kShownCategories);
  auto text = base::Join(std::span(feature.categories).first(shown), ", ");
  if (shown < feature.categories.size()) text += fmt::format(" and {} more", feature.categories.size() - shown);
  return text;
}

std::string Shortened(std::string_view text) {
  return text.size() <= 60 ? std::string(text) : std::string(text.substr(0, 57)) + "...";
}

}  // namespace

FeatureCheck::FeatureCheck(const Feature& feature) : feature_(&feature) {
  // Values are float32: a bound of 0.1 must admit the float nearest to 0.1.
  if (feature.minimum) minimum_ = static_cast<float>(*feature.minimum);
  if (feature.maximum) maximum_ = static_cast<float>(*feature.maximum);
  if (feature.closed) closed_set_.insert(feature.categories.begin(), feature.categories.end());
}

bool FeatureCheck::Accepts(std::string_view value) const {
  if (value.empty()) return feature_->nullable;
  if (feature_->closed) return closed_set_.contains(value);
  return base::IsValidUtf8(value);
}

base::Error FeatureCheck::Missing(size_t row) const {
  return base::Unprocessable(
      fmt::format("row {}: {} is missing, and the model has not learnt what to do without it", row, feature_->name),
      feature_->name);
}

base::Error FeatureCheck::Refuse(float value, size_t row) const {
  if (std::isnan(value)) return Missing(row);
  const auto refuse = [&](std::string_view why) {
    return base::Unprocessable(fmt::format("row {}: {} is {}, {}", row, feature_->name, value, why), feature_->name);
  };
  if (std::isinf(value)) return refuse("but must be a finite number");
  if (value < minimum_) return refuse(fmt::format("below its minimum {}", base::FormatDouble(*feature_->minimum)));
  return refuse(fmt::format("above its maximum {}", base::FormatDouble(*feature_->maximum)));
}

base::Error FeatureCheck::Refuse(std::string_view value, size_t row) const {
  if (value.empty()) return Missing(row);
  if (!base::IsValidUtf8(value)) {
    return base::Unprocessable(fmt::format("row {}: {} is not valid UTF-8", row, feature_->name), feature_->name);
  }
  return base::Unprocessable(fmt::format("row {}: {} is '{}', but must be one of {}", row, feature_->name,
                                         Shortened(value), ShownCategories(*feature_)),
                             feature_->name);
}

}  // namespace gyre::model::internal
