#include "train/internal/encoding.h"

#include <cmath>

namespace gyre::train::internal {
namespace {

constexpr size_t kMostCategories = 1000;

/// 0 if all are missing. Reorders `present`.
double Median(std::vector<float>& present) {
  if (present.empty()) return 0;
  const auto middle = present.begin() + static_cast<ptrdiff_t>(present.size() / 2);
  std::ranges::nth_element(present, middle);
  const auto upper = static_cast<double>(*middle);
  if (present.size() % 2 == 1) return upper;
  return (static_cast<double>(*std::max_element(present.begin(), middle)) + upper) / 2;
}

model::NumberEncoding FitNumbers(const std::vector<float>& values, bool standardize) {
  std::vector<float> present;
  present.reserve(values.size());
  std::ranges::copy_if(values, std::back_inserter(present), [](float value) { return !std::isnan(value); });
  model::NumberEncoding encoding{.fill = static_cast<float>(Median(present))};
  if (!standardize) return encoding;
  const auto filled = [&](float value) { return static_cast<double>(std::isnan(value) ? encoding.fill : value); };
  const auto n = static_cast<double>(values.size());
  double mean = 0;
  for (const float value : values) mean += filled(value) / n;
  double variance = 0;
  for (const float value : values) variance += (filled(value) - mean) * (filled(value) - mean) / n;
  const double deviation = std::sqrt(variance);
  encoding.shift = static_cast<float>(mean);
  // A constant column leaves only rounding noise in the deviation; dividing by that would blow it up.
  const bool constant = deviation <= 10 * std::numeric_limits<double>::epsilon() * std::abs(mean);
  const auto scale = static_cast<float>(1 / deviation);
  encoding.scale = constant || !std::isfinite(scale) ? 1 : scale;
  return encoding;
}

base::Result<model::CategoryEncoding> FitCategories(const model::FeatureColumn& column) {
  std::set<std::string_view> distinct;
  for (const auto& value : column.categories) {
    if (!value.empty()) distinct.insert(value);
    if (distinct.size() > kMostCategories) {
      return base::Unprocessable(
          fmt::format("column '{}' has more than {} categories; group rare ones, or leave it out", column.name,
                      kMostCategories),
          column.name);
    }
  }
  return model::CategoryEncoding{.categories = {distinct.begin(), distinct.end()}};
}

}  // namespace

base::Result<std::vector<model::ColumnEncoding>> FitEncodings(const model::Frame& frame, bool standardize) {
  std::vector<model::ColumnEncoding> encodings;
  for (const auto& column : frame.columns) {
    auto& encoding = encodings.emplace_back(model::ColumnEncoding{.column = column.name, .encoding = {}});
    if (column.type == model::FeatureType::kNumber) {
      encoding.encoding = FitNumbers(column.numbers, standardize);
    } else {
      encoding.encoding = TRY(FitCategories(column));
    }
  }
  return encodings;
}

}  // namespace gyre::train::internal
