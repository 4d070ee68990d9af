#include "model/profile.h"

#include <cmath>

#include "base/object_reader.h"
#include "model/internal/number_json.h"

namespace gyre::model {
namespace {

using base::Json;

/// Two passes: the mean first, then squares about it, so that a large mean does not cancel the variance away.
void FillMoments(const std::vector<float>& sorted, NumberProfile& profile) {
  const auto n = static_cast<double>(sorted.size());
  double sum = 0;
  for (const float value : sorted) sum += static_cast<double>(value);
  profile.mean = sum / n;
  double squares = 0;
  for (const float value : sorted) {
    const double deviation = static_cast<double>(value) - profile.mean;
    squares += deviation * deviation;
  }
  profile.variance = squares / n;
}

std::vector<float> EvenSample(std::vector<float> sorted) {
  constexpr size_t kLimit = NumberProfile::kSampleLimit;
  if (sorted.size() <= kLimit) return sorted;
  std::vector<float> sample(kLimit);
  // The middle of each of kLimit equal shares of rows.
  for (size_t i = 0; i < kLimit; ++i) sample[i] = sorted[(2 * i + 1) * sorted.size() / (2 * kLimit)];
  return sample;
}

Json ProfileJson(const NumberProfile& profile) {
  return {{"count", profile.count},
          {"missing", profile.missing},
          {"mean", profile.mean},
          {"variance", profile.variance},
          {"minimum", profile.minimum},
          {"maximum", profile.maximum},
          {"sorted_sample", internal::FloatsJson(profile.sorted_sample)}};
}

Json ProfileJson(const CategoryProfile& profile) {
  return {{"count", profile.count}, {"missing", profile.missing}, {"counts", profile.counts}, {"other", profile.other}};
}

template <class Profile>
Json ProfilesJson(const std::map<std::string, Profile>& profiles) {
  auto json = Json::object();
  for (const auto& [name, profile] : profiles) json[name] = ProfileJson(profile);
  return json;
}

base::Result<uint64_t> ReadCount(const base::ObjectReader& fields, std::string_view key) {
  const int64_t count = TRY(fields.Int(key));
  if (count < 0)
    return base::InvalidArgument(fmt::format("{} must not be negative", fields.PathOf(key)), fields.PathOf(key));
  return static_cast<uint64_t>(count);
}

base::Result<NumberProfile> ReadNumbers(const Json& json, const std::string& path) {
  const base::ObjectReader fields(json, path);
  TRY(fields.AllowOnly({"count", "missing", "mean", "variance", "minimum", "maximum", "sorted_sample"}));
  NumberProfile profile;
  profile.count = TRY(ReadCount(fields, "count"));
  profile.missing = TRY(ReadCount(fields, "missing"));
  profile.mean = TRY(fields.Number("mean"));
  profile.variance = TRY(fields.Number("variance"));
  profile.minimum = TRY(fields.Number("minimum"));
  profile.maximum = TRY(fields.Number("maximum"));
  const auto sample_path = fields.PathOf("sorted_sample");
  profile.sorted_sample = TRY(internal::ReadFloats(*TRY(fields.Array("sorted_sample")), sample_path, false));
  const auto expected = std::min<uint64_t>(profile.count, NumberProfile::kSampleLimit);
  if (profile.sorted_sample.size() != expected || !std::ranges::is_sorted(profile.sorted_sample)) {
    return base::InvalidArgument(fmt::format("{} must hold {} values in ascending order", sample_path, expected),
                                 sample_path);
  }
  return profile;
}

base::Result<CategoryProfile> ReadCategories(const Json& json, const std::string& path) {
  const base::ObjectReader fields(json, path);
  TRY(fields.AllowOnly({"count", "missing", "counts", "other"}));
  CategoryProfile profile;
  profile.count = TRY(ReadCount(fields, "count"));
  profile.missing = TRY(ReadCount(fields, "missing"));
  profile.other = TRY(ReadCount(fields, "other"));
  const auto* counts = TRY(fields.Object("counts"));
  const base::ObjectReader count_fields(*counts, fields.PathOf("counts"));
  uint64_t sum = profile.other;
  for (const auto& [name, unused] : counts->items()) sum += profile.counts[name] = TRY(ReadCount(count_fields, name));
  if (profile.counts.size() > CategoryProfile::kCategoryLimit || sum != profile.count) {
    return base::InvalidArgument(fmt::format("{} must hold at most {} categories that add up to count with other", path,
                                             CategoryProfile::kCategoryLimit),
                                 path);
  }
  return profile;
}

template <class Profile, class Read>
base::Result<std::map<std::string, Profile>> ReadProfiles(const base::ObjectReader& fields, std::string_view key,
                                                          Read read) {
  std::map<std::string, Profile> profiles;
  for (const auto& [name, json] : TRY(fields.Object(key))->items()) {
    profiles[name] = TRY(read(json, fmt::format("{}.{}", fields.PathOf(key), name)));
  }
  return profiles;
}

}  // namespace

NumberProfile ProfileNumbers(const std::vector<float>& values) {
  NumberProfile profile;
  std::vector<float> present;
  present.reserve(values.size());
  std::ranges::copy_if(values, std::back_inserter(present), [](float value) { return std::isfinite(value); });
  profile.count = present.size();
  profile.missing = values.size() - present.size();
  if (present.empty()) return profile;
  std::ranges::sort(present);
  FillMoments(present, profile);
  profile.minimum = static_cast<double>(present.front());
  profile.maximum = static_cast<double>(present.back());
  profile.sorted_sample = EvenSample(std::move(present));
  return profile;
}

CategoryProfile ProfileCategories(const std::vector<std::string>& values) {
  CategoryProfile profile;
  std::map<std::string, uint64_t> counts;
  for (const auto& value : values) {
    if (value.empty()) {
      ++profile.missing;
    } else {
      ++profile.count;
      ++counts[value];
    }
  }
  std::vector<std::pair<std::string, uint64_t>> ordered(counts.begin(), counts.end());
  std::ranges::stable_sort(ordered, std::greater(), &std::pair<std::string, uint64_t>::second);
  for (auto& [name, count] : ordered) {
    if (profile.counts.size() < CategoryProfile::kCategoryLimit) {
      profile.counts.emplace(std::move(name), count);
    } else {
      profile.other += count;
    }
  }
  return profile;
}

ReferenceProfile ProfileFrame(const Frame& features) {
  ReferenceProfile profile;
  profile.rows = features.rows();
  for (const auto& column : features.columns) {
    if (column.type == FeatureType::kNumber) {
      profile.numbers[column.name] = ProfileNumbers(column.numbers);
    } else {
      profile.categories[column.name] = ProfileCategories(column.categories);
    }
  }
  return profile;
}

Json ReferenceProfile::ToJson() const {
  return {{"rows", rows},
          {"numbers", ProfilesJson(numbers)},
          {"categories", ProfilesJson(categories)},
          {"predicted_label", ProfileJson(predicted_label)},
          {"predicted_probability", ProfilesJson(predicted_probability)}};
}

base::Result<ReferenceProfile> ReferenceProfile::FromJson(const Json& json) {
  const base::ObjectReader fields(json, "profile");
  TRY(fields.AllowOnly({"rows", "numbers", "categories", "predicted_label", "predicted_probability"}));
  ReferenceProfile profile;
  profile.rows = TRY(ReadCount(fields, "rows"));
  profile.numbers = TRY(ReadProfiles<NumberProfile>(fields, "numbers", ReadNumbers));
  profile.categories = TRY(ReadProfiles<CategoryProfile>(fields, "categories", ReadCategories));
  profile.predicted_label = TRY(ReadCategories(*TRY(fields.Object("predicted_label")), "profile.predicted_label"));
  profile.predicted_probability = TRY(ReadProfiles<NumberProfile>(fields, "predicted_probability", ReadNumbers));
  return profile;
}

}  // namespace gyre::model
