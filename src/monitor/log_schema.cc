#include "monitor/log_schema.h"

#include "base/object_reader.h"
#include "base/text.h"

namespace gyre::monitor {
namespace {

constexpr std::string_view kRegression = "regression";
constexpr std::string_view kClassification = "classification";

base::Result<LogSchema::Feature> ReadFeature(const base::Json& json, size_t index) {
  const base::ObjectReader fields(json, fmt::format("schema.features[{}]", index));
  LogSchema::Feature feature;
  feature.name = TRY(fields.String("name"));
  feature.type = TRY(model::ParseFeatureType(TRY(fields.String("type"))));
  return feature;
}

}  // namespace

LogSchema LogSchema::Of(const model::Signature& signature) {
  LogSchema schema{
      .task = signature.task, .features = {}, .classes = signature.classes, .positive_class = signature.positive_class};
  for (const auto& input : signature.inputs) schema.features.push_back({input.name, input.type});
  return schema;
}

bool LogSchema::Matches(const model::Signature& signature) const {
  const auto same = [](const Feature& feature, const model::Feature& input) {
    return feature.type == input.type && feature.name == input.name;
  };
  return task == signature.task && std::ranges::equal(features, signature.inputs, same) &&
         classes == signature.classes && positive_class == signature.positive_class;
}

size_t LogSchema::Count(model::FeatureType type) const {
  return static_cast<size_t>(std::ranges::count(features, type, &Feature::type));
}

base::Json LogSchema::ToJson() const {
  base::Json list = base::Json::array();
  for (const auto& feature : features) {
    list.push_back({{"name", feature.name}, {"type", model::FeatureTypeName(feature.type)}});
  }
  return {{"task", task == model::Task::kRegression ? kRegression : kClassification},
          {"features", std::move(list)},
          {"classes", classes},
          {"positive_class", positive_class}};
}

base::Result<LogSchema> LogSchema::FromJson(const base::Json& json) {
  const base::ObjectReader fields(json, "schema");
  LogSchema schema;
  schema.task = TRY(fields.String("task")) == kRegression ? model::Task::kRegression : model::Task::kClassification;
  for (const auto& feature : *TRY(fields.Array("features"))) {
    schema.features.push_back(TRY(ReadFeature(feature, schema.features.size())));
  }
  schema.classes = TRY(fields.Strings("classes"));
  schema.positive_class = TRY(fields.String("positive_class"));
  return schema;
}

std::vector<std::string> ColumnNames(const std::string& prefix, const std::vector<std::string>& names) {
  std::set<std::string> taken;
  std::vector<std::string> columns;
  for (const auto& name : names) {
    auto column = prefix + name;
    if (!taken.insert(base::ToLower(name)).second) {
      column += '#' + base::HexEncode({reinterpret_cast<const unsigned char*>(name.data()), name.size()});
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

std::vector<std::string> FeatureColumnNames(const LogSchema& schema) {
  std::vector<std::string> names;
  for (const auto& feature : schema.features) names.push_back(feature.name);
  return ColumnNames("feature.", names);
}

}  // namespace gyre::monitor
