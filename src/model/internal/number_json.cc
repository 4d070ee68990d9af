#include "model/internal/number_json.h"

#include <charconv>
#include <cmath>

namespace gyre::model::internal {

base::Json FloatJson(float value) {
  if (!std::isfinite(value)) return nullptr;
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  double decimal = 0;
  std::from_chars(text.data(), end, decimal);
  return decimal;
}

base::Json FloatsJson(std::span<const float> values) {
  auto json = base::Json::array();
  for (const float value : values) json.push_back(FloatJson(value));
  return json;
}

base::Result<std::vector<float>> ReadFloats(const base::Json& json, std::string_view path, bool nullable) {
  const auto refuse = [&](size_t index, std::string_view why) {
    const auto where = fmt::format("{}[{}]", path, index);
    return base::InvalidArgument(fmt::format("{} {}", where, why), where);
  };
  if (!json.is_array()) return base::InvalidArgument(fmt::format("{} must be a list", path), std::string(path));
  std::vector<float> values;
  values.reserve(json.size());
  for (const auto& item : json) {
    if (item.is_null() && nullable) {
      values.push_back(NAN);
      continue;
    }
    if (!item.is_number()) return refuse(values.size(), "must be a number");
    const auto value = static_cast<float>(item.get<double>());
    if (!std::isfinite(value)) return refuse(values.size(), "is outside the range of float32");
    values.push_back(value);
  }
  return values;
}

}  // namespace gyre::model::internal
