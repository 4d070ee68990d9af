#include "serve/predict_schema.h"

#include <cmath>

#include "base/text.h"
#include "serve/reserved_fields.h"

namespace gyre::serve {
namespace {

using base::Json;
using model::Feature;
using model::FeatureType;

Json NumberSchema(const Feature& feature) {
  Json schema = {{"type", "number"}};
  if (feature.nullable) schema["type"] = Json::array({"number", "null"});
  if (feature.minimum) schema["minimum"] = *feature.minimum;
  if (feature.maximum) schema["maximum"] = *feature.maximum;
  return schema;
}

Json CategorySchema(const Feature& feature) {
  Json schema = {{"type", "string"}};
  if (feature.nullable) schema["type"] = Json::array({"string", "null"});
  if (!feature.nullable) schema["minLength"] = 1;
  if (feature.closed) {
    schema["enum"] = feature.categories;
    if (feature.nullable) schema["enum"].insert(schema["enum"].end(), {Json(""), Json(nullptr)});
  } else if (!feature.categories.empty()) {
    schema["examples"] = feature.categories;
  }
  return schema;
}

Json RowSchema(const model::Signature& signature) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const auto& feature : signature.inputs) {
    properties[feature.name] = feature.type == FeatureType::kNumber ? NumberSchema(feature) : CategorySchema(feature);
    if (!feature.nullable) required.push_back(feature.name);
  }
  if (!properties.contains(kEventTimeField)) {
    properties[kEventTimeField] = {
        {"description", "When it happened: RFC 3339, or milliseconds since 1970. The time of arrival if absent."},
        {"anyOf", Json::array({Json{{"type", "string"}, {"format", "date-time"}},
                               Json{{"type", Json::array({"integer", "null"})}}})}};
  }
  if (!properties.contains(kKeyField)) {
    properties[kKeyField] = {
        {"description", "Whom or what the row is about: the same key stays with the same variant of a canary."},
        {"type", Json::array({"string", "number", "null"})}};
  }
  return {{"type", "object"}, {"properties", properties}, {"required", required}, {"additionalProperties", false}};
}

Json ExampleValue(const Feature& feature) {
  if (feature.type == FeatureType::kCategory) {
    if (!feature.categories.empty()) return feature.categories.front();
    return "text";
  }
  const double low = feature.minimum.value_or(feature.maximum ? std::min(0.0, *feature.maximum) : 0.0);
  const double high = feature.maximum.value_or(std::max(low, 0.0));
  return low + (high - low) / 2;
}

Json GoldenValue(const model::FeatureColumn& column) {
  if (column.type == FeatureType::kCategory) {
    return column.categories[0].empty() ? Json(nullptr) : Json(column.categories[0]);
  }
  const float value = column.numbers[0];
  if (!std::isfinite(value)) return nullptr;
  // The shortest decimal that is this float: 4.6, not 4.599999904632568.
  return base::ParseDouble(fmt::format("{}", value)).value_or(value);
}

}  // namespace

Json PredictRequestSchema(const model::Signature& signature) {
  const Json row = RowSchema(signature);
  return {{"oneOf", Json::array({row, Json{{"type", "array"}, {"items", row}}})}};
}

Json PredictAnswerSchema(const model::Signature& signature) {
  Json properties = {
      {"prediction_id", {{"type", "string"}, {"pattern", "^[0-9a-f]{32}$"}}},
      {"model_version", {{"type", "string"}, {"description", "If another version answered this row than the rest."}}}};
  Json required = {"prediction_id"};
  if (signature.task == model::Task::kRegression) {
    properties["value"] = {{"type", "number"}};
    required.push_back("value");
  } else {
    properties["label"] = {{"type", "string"}, {"enum", signature.classes}};
    required.push_back("label");
    if (!signature.probability_output.empty()) {
      properties["probability"] = {
          {"type", "number"},
          {"description", signature.classes.size() == 2 ? fmt::format("Of the class {}.", signature.positive_class)
                                                        : std::string("Of the label.")}};
      required.push_back("probability");
    }
  }
  const Json prediction = {{"type", "object"}, {"properties", properties}, {"required", required}};
  return {{"type", "object"},
          {"properties",
           {{"model_version", {{"type", "string"}}}, {"predictions", {{"type", "array"}, {"items", prediction}}}}},
          {"required", {"model_version", "predictions"}}};
}

Json ExampleRow(const model::Signature& signature, const model::GoldenRows& golden) {
  Json row = Json::object();
  for (const auto& feature : signature.inputs) {
    const auto* column = golden.features.Find(feature.name);
    row[feature.name] = column != nullptr && column->size() > 0 ? GoldenValue(*column) : ExampleValue(feature);
  }
  return row;
}

}  // namespace gyre::serve
