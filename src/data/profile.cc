#include "data/profile.h"

#include <cmath>

#include "base/object_reader.h"
#include "base/text.h"

namespace gyre::data {
namespace {

using base::Json;
using engine::DataType;
using engine::Value;

Json FiniteOrNull(const std::optional<double>& figure) {
  return figure && std::isfinite(*figure) ? Json(*figure) : Json(nullptr);
}

/// Reads a value of the column's type back from its JSON form.
base::Result<Value> ValueFromJson(const Json& json, DataType type, const std::string& path) {
  if (json.is_null()) return Value(nullptr);
  if (type == DataType::kBoolean && json.is_boolean()) return Value(json.get<bool>());
  if (type == DataType::kInteger && json.is_number_integer()) return Value(json.get<int64_t>());
  if (type == DataType::kNumber && json.is_number()) return Value(json.get<double>());
  if (type == DataType::kText && json.is_string()) return Value(json.get<std::string>());
  if (type == DataType::kTimestamp && json.is_string()) {
    return Value(TRY(base::ParseTimestamp(json.get<std::string>())));
  }
  return base::InvalidArgument(fmt::format("{} must be a {}", path, engine::DataTypeName(type)), path);
}

base::Result<std::optional<double>> OptionalNumber(const base::ObjectReader& fields, std::string_view key) {
  if (!fields.Has(key)) return std::optional<double>();
  return std::optional(TRY(fields.Number(key)));
}

}  // namespace

Json ColumnProfile::ToJson() const {
  Json json = {{"name", name},
               {"type", engine::DataTypeName(type)},
               {"count", count},
               {"nulls", nulls},
               {"distinct", distinct},
               {"min", engine::ToJson(minimum)},
               {"max", engine::ToJson(maximum)},
               {"mean", FiniteOrNull(mean)},
               {"stddev", FiniteOrNull(stddev)}};
  for (size_t i = 0; i < quantiles.size(); ++i) {
    json["quantiles"].push_back({{"q", kQuantiles.at(i)}, {"value", quantiles[i]}});
  }
  json["top"] = Json::array();
  for (const auto& entry : top) json["top"].push_back({{"value", engine::ToJson(entry.value)}, {"count", entry.count}});
  return json;
}

base::Result<ColumnProfile> ColumnProfile::FromJson(const Json& json, std::string_view path) {
  const base::ObjectReader fields(json, std::string(path));
  ColumnProfile profile;
  profile.name = TRY(fields.String("name"));
  profile.type = TRY(engine::ParseDataType(TRY(fields.String("type"))));
  profile.count = TRY(fields.Count("count"));
  profile.nulls = TRY(fields.Count("nulls"));
  profile.distinct = TRY(fields.Count("distinct"));
  const auto value = [&](std::string_view key) -> base::Result<Value> {
    const Json* found = fields.Find(key);
    if (found == nullptr) return Value(nullptr);
    return ValueFromJson(*found, profile.type, fields.PathOf(key));
  };
  profile.minimum = TRY(value("min"));
  profile.maximum = TRY(value("max"));
  profile.mean = TRY(OptionalNumber(fields, "mean"));
  profile.stddev = TRY(OptionalNumber(fields, "stddev"));
  for (const auto& entry : *TRY(fields.Array("quantiles"))) {
    profile.quantiles.push_back(TRY(base::ObjectReader(entry, fields.PathOf("quantiles")).Number("value")));
  }
  for (const auto& entry : *TRY(fields.Array("top"))) {
    const base::ObjectReader item(entry, fields.PathOf("top"));
    const Json* found = item.Find("value");
    const Json missing;
    auto seen = TRY(ValueFromJson(found != nullptr ? *found : missing, profile.type, item.PathOf("value")));
    const auto count = TRY(item.Count("count"));
    profile.top.push_back({std::move(seen), count});
  }
  if (!profile.quantiles.empty() && profile.quantiles.size() != kQuantiles.size()) {
    return base::InvalidArgument(fmt::format("{} must have {} entries", fields.PathOf("quantiles"), kQuantiles.size()));
  }
  return profile;
}

}  // namespace gyre::data
