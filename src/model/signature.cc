#include "model/signature.h"

#include <cmath>

#include "base/object_reader.h"
#include "base/text.h"
#include "model/internal/feature_check.h"

namespace gyre::model {
namespace {

using base::Json;

constexpr size_t kMaxInputs = 10'000;
constexpr size_t kMaxClasses = 10'000;
constexpr size_t kMaxCategories = 100'000;
constexpr size_t kMaxNameBytes = 256;

base::Result<void> CheckNames(const std::vector<std::string>& names, std::string_view what, size_t limit) {
  if (names.size() > limit)
    return base::TooLarge(fmt::format("{} has more than {} entries", what, limit), std::string(what));
  std::set<std::string_view> seen;
  for (const auto& name : names) {
    if (name.empty() || name.size() > kMaxNameBytes || !base::IsValidUtf8(name)) {
      return base::InvalidArgument(fmt::format("{} needs names of 1 to {} bytes of UTF-8", what, kMaxNameBytes),
                                   std::string(what));
    }
    if (!seen.insert(name).second) return base::InvalidArgument(fmt::format("{} has '{}' twice", what, name), name);
  }
  return base::Ok();
}

base::Result<void> CheckFeature(const Feature& feature) {
  const auto refuse = [&](std::string_view why) {
    return base::InvalidArgument(fmt::format("feature {}: {}", feature.name, why), feature.name);
  };
  if (feature.type == FeatureType::kNumber) {
    if (feature.closed || !feature.categories.empty()) return refuse("only a category has categories");
    for (const auto& bound : {feature.minimum, feature.maximum}) {
      if (bound && !std::isfinite(static_cast<float>(*bound))) return refuse("a bound is outside the range of float32");
    }
    if (feature.minimum && feature.maximum && *feature.minimum > *feature.maximum)
      return refuse("minimum is above maximum");
    return base::Ok();
  }
  if (feature.minimum || feature.maximum) return refuse("only a number has a minimum and a maximum");
  if (feature.closed && feature.categories.empty()) return refuse("a closed category needs its categories");
  return CheckNames(feature.categories, fmt::format("categories of {}", feature.name), kMaxCategories);
}

Json FeatureJson(const Feature& feature) {
  Json json = {{"name", feature.name}, {"type", FeatureTypeName(feature.type)}, {"nullable", feature.nullable}};
  if (feature.minimum) json["minimum"] = *feature.minimum;
  if (feature.maximum) json["maximum"] = *feature.maximum;
  if (feature.type == FeatureType::kCategory) {
    json["categories"] = feature.categories;
    json["closed"] = feature.closed;
  }
  return json;
}

base::Result<std::optional<double>> ReadBound(const base::ObjectReader& fields, std::string_view key) {
  if (!fields.Has(key)) return std::optional<double>();
  return std::optional<double>(TRY(fields.Number(key)));
}

base::Result<Feature> ReadFeature(const Json& json, size_t index) {
  const base::ObjectReader fields(json, fmt::format("signature.inputs[{}]", index));
  TRY(fields.AllowOnly({"name", "type", "nullable", "minimum", "maximum", "categories", "closed"}));
  Feature feature;
  feature.name = TRY(fields.String("name"));
  const auto type = ParseFeatureType(TRY(fields.String("type")));
  if (!type) return type.error().Within(fields.PathOf("type"));
  feature.type = *type;
  feature.nullable = TRY(fields.Bool("nullable", false));
  feature.minimum = TRY(ReadBound(fields, "minimum"));
  feature.maximum = TRY(ReadBound(fields, "maximum"));
  feature.categories = TRY(fields.Strings("categories", {}));
  feature.closed = TRY(fields.Bool("closed", false));
  return feature;
}

Json OutputsJson(const Signature& signature) {
  if (signature.task == Task::kRegression) return {{"value", signature.value_output}};
  Json outputs = Json::object();
  if (!signature.label_output.empty()) outputs["label"] = signature.label_output;
  if (!signature.probability_output.empty()) outputs["probability"] = signature.probability_output;
  return outputs;
}

base::Result<void> ReadOutputs(const Json& json, Signature& signature) {
  const base::ObjectReader fields(json, "signature.outputs");
  const bool classifies = signature.task == Task::kClassification;
  TRY(classifies ? fields.AllowOnly({"label", "probability"}) : fields.AllowOnly({"value"}));
  signature.label_output = TRY(fields.String("label", ""));
  signature.probability_output = TRY(fields.String("probability", ""));
  signature.value_output = TRY(fields.String("value", ""));
  return base::Ok();
}

base::Result<void> CheckTask(const Signature& signature) {
  if (signature.task == Task::kRegression) {
    if (!signature.classes.empty()) return base::InvalidArgument("a regression has no classes", "classes");
    if (signature.value_output.empty())
      return base::InvalidArgument("a regression needs its value output", "outputs.value");
    return base::Ok();
  }
  TRY(CheckNames(signature.classes, "classes", kMaxClasses));
  if (signature.classes.size() < 2) return base::InvalidArgument("classes must name two or more", "classes");
  if (signature.label_output.empty() && signature.probability_output.empty()) {
    return base::InvalidArgument("a classifier needs a label or a probability output", "outputs");
  }
  if (std::ranges::find(signature.classes, signature.positive_class) == signature.classes.end()) {
    return base::InvalidArgument(fmt::format("positive_class '{}' is not among the classes {}",
                                             signature.positive_class, base::Join(signature.classes, ", ")),
                                 "positive_class");
  }
  return base::Ok();
}

template <class Values>
base::Result<void> CheckColumn(const internal::FeatureCheck& check, const Values& values) {
  for (size_t row = 0; row < values.size(); ++row) {
    if (!check.Accepts(values[row])) return check.Refuse(values[row], row);
  }
  return base::Ok();
}

base::Result<void> CheckFeatureColumn(const Feature& feature, const FeatureColumn* column) {
  if (column == nullptr) {
    if (feature.nullable) return base::Ok();
    return base::Unprocessable(fmt::format("feature {} is missing", feature.name), feature.name);
  }
  if (column->type != feature.type) {
    return base::Unprocessable(fmt::format("feature {} must be a {}, not a {}", feature.name,
                                           FeatureTypeName(feature.type), FeatureTypeName(column->type)),
                               feature.name);
  }
  const internal::FeatureCheck check(feature);
  return feature.type == FeatureType::kNumber ? CheckColumn(check, column->numbers)
                                              : CheckColumn(check, column->categories);
}

base::Result<void> CheckKnown(const Signature& signature, const Frame& frame) {
  for (const auto& column : frame.columns) {
    if (signature.Find(column.name) != nullptr) continue;
    std::vector<std::string> names;
    for (const auto& feature : signature.inputs) names.push_back(feature.name);
    const auto meant = base::ClosestMatch(column.name, names);
    return base::Unprocessable(
        meant ? fmt::format("the model has no feature '{}'; did you mean '{}'?", column.name, *meant)
              : fmt::format("the model has no feature '{}'", column.name),
        column.name);
  }
  return base::Ok();
}

}  // namespace

const Feature* Signature::Find(std::string_view name) const {
  const auto found = std::ranges::find(inputs, name, &Feature::name);
  return found == inputs.end() ? nullptr : &*found;
}

size_t Signature::positive_index() const {
  const auto found = std::ranges::find(classes, positive_class);
  return static_cast<size_t>(found - classes.begin());
}

size_t Signature::CountInputs(FeatureType type) const {
  return static_cast<size_t>(std::ranges::count(inputs, type, &Feature::type));
}

base::Result<void> Signature::Check() const {
  if (inputs.empty()) return base::InvalidArgument("a model needs at least one input", "inputs");
  std::vector<std::string> names;
  for (const auto& feature : inputs) names.push_back(feature.name);
  TRY(CheckNames(names, "inputs", kMaxInputs));
  for (const auto& feature : inputs) TRY(CheckFeature(feature));
  return CheckTask(*this);
}

Json Signature::ToJson() const {
  Json json = {{"task", task == Task::kClassification ? "classification" : "regression"},
               {"inputs", Json::array()},
               {"outputs", OutputsJson(*this)}};
  for (const auto& feature : inputs) json["inputs"].push_back(FeatureJson(feature));
  if (task == Task::kClassification) {
    json["classes"] = classes;
    json["positive_class"] = positive_class;
  }
  return json;
}

base::Result<Signature> Signature::FromJson(const Json& json) {
  const base::ObjectReader fields(json, "signature");
  TRY(fields.AllowOnly({"task", "inputs", "classes", "positive_class", "outputs"}));
  Signature signature;
  const auto task = TRY(fields.String("task", "classification"));
  if (task != "classification" && task != "regression") {
    return base::InvalidArgument(fmt::format("signature.task must be classification or regression, not '{}'", task),
                                 "signature.task");
  }
  signature.task = task == "regression" ? Task::kRegression : Task::kClassification;
  const auto* inputs = TRY(fields.Array("inputs"));
  for (size_t i = 0; i < inputs->size(); ++i) signature.inputs.push_back(TRY(ReadFeature((*inputs)[i], i)));
  signature.classes = TRY(fields.Strings("classes", {}));
  const auto last = signature.classes.empty() ? std::string() : signature.classes.back();
  signature.positive_class = TRY(fields.String("positive_class", last));
  if (fields.Has("outputs")) TRY(ReadOutputs(*TRY(fields.Object("outputs")), signature));
  const auto checked = signature.Check();
  if (!checked) return checked.error().Within("signature");
  return signature;
}

base::Result<void> CheckFrame(const Signature& signature, const Frame& frame) {
  TRY(frame.Check());
  TRY(CheckKnown(signature, frame));
  for (const auto& feature : signature.inputs) TRY(CheckFeatureColumn(feature, frame.Find(feature.name)));
  return base::Ok();
}

}  // namespace gyre::model
