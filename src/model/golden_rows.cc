#include "base/object_reader.h"
#include "model/bundle.h"
#include "model/internal/number_json.h"

namespace gyre::model {
namespace {

using base::Json;

Json ColumnJson(const FeatureColumn& column) {
  if (column.type == FeatureType::kNumber) return internal::FloatsJson(column.numbers);
  auto json = Json::array();
  for (const auto& value : column.categories) json.push_back(value.empty() ? Json() : Json(value));
  return json;
}

base::Result<FeatureColumn> ReadColumn(const Feature& feature, const Json& json) {
  const auto path = fmt::format("golden.features.{}", feature.name);
  FeatureColumn column{.name = feature.name, .type = feature.type, .numbers = {}, .categories = {}};
  if (feature.type == FeatureType::kNumber) {
    column.numbers = TRY(internal::ReadFloats(json, path, true));
    return column;
  }
  if (!json.is_array()) return base::InvalidArgument(fmt::format("{} must be a list", path), path);
  for (const auto& item : json) {
    if (!item.is_null() && !item.is_string())
      return base::InvalidArgument(fmt::format("{} must be a list of strings", path), path);
    column.categories.push_back(item.is_null() ? std::string() : item.get<std::string>());
  }
  return column;
}

base::Result<Scores> ReadScores(const Json& json, size_t classes) {
  Scores scores{.classes = json.empty() ? 0 : classes, .values = {}};
  for (size_t row = 0; row < json.size(); ++row) {
    const auto path = fmt::format("golden.probabilities[{}]", row);
    const auto values = TRY(internal::ReadFloats(json[row], path, false));
    if (values.size() != classes) {
      return base::InvalidArgument(fmt::format("{} must have one value for each of {} classes", path, classes), path);
    }
    scores.values.insert(scores.values.end(), values.begin(), values.end());
  }
  return scores;
}

/// Every answer list is as long as the features, or absent, and of the signature's task.
base::Result<void> CheckAnswers(const GoldenRows& golden, const Signature& signature) {
  for (const auto& label : golden.labels) {
    if (std::ranges::find(signature.classes, label) == signature.classes.end()) {
      return base::InvalidArgument(fmt::format("golden.labels has '{}', which is not a class of the signature", label),
                                   label);
    }
  }
  if (signature.task == Task::kClassification && !golden.values.empty()) {
    return base::InvalidArgument("golden.values are for regressions only", "golden.values");
  }
  const size_t rows = golden.features.rows();
  const auto check = [&](size_t found, std::string_view what) -> base::Result<void> {
    if (found == 0 || found == rows) return base::Ok();
    return base::InvalidArgument(fmt::format("golden.{} has {} rows, but features have {}", what, found, rows),
                                 std::string(what));
  };
  TRY(check(golden.labels.size(), "labels"));
  TRY(check(golden.probabilities.rows(), "probabilities"));
  return check(golden.values.size(), "values");
}

}  // namespace

Json GoldenRows::ToJson() const {
  Json json = {{"tolerance", tolerance}, {"features", Json::object()}};
  for (const auto& column : features.columns) json["features"][column.name] = ColumnJson(column);
  if (!labels.empty()) json["labels"] = labels;
  if (!values.empty()) json["values"] = internal::FloatsJson(values);
  for (size_t row = 0; row < probabilities.rows(); ++row) {
    const auto of_row = std::span(probabilities.values).subspan(row * probabilities.classes, probabilities.classes);
    json["probabilities"].push_back(internal::FloatsJson(of_row));
  }
  return json;
}

base::Result<GoldenRows> GoldenRows::FromJson(const Json& json, const Signature& signature) {
  const base::ObjectReader fields(json, "golden");
  TRY(fields.AllowOnly({"tolerance", "features", "labels", "probabilities", "values"}));
  GoldenRows golden;
  golden.tolerance = TRY(fields.Number("tolerance", golden.tolerance));
  if (!(golden.tolerance >= 0))
    return base::InvalidArgument("golden.tolerance must not be negative", "golden.tolerance");
  const auto* features = TRY(fields.Object("features"));
  for (const auto& feature : signature.inputs) {
    const auto found = features->find(feature.name);
    if (found == features->end()) {
      return base::InvalidArgument(fmt::format("golden.features lacks {}", feature.name), feature.name);
    }
    golden.features.columns.push_back(TRY(ReadColumn(feature, *found)));
  }
  if (features->size() != signature.inputs.size()) {
    return base::InvalidArgument("golden.features has columns that are not in the signature", "golden.features");
  }
  TRY(golden.features.Check());
  golden.labels = TRY(fields.Strings("labels", {}));
  golden.probabilities = TRY(ReadScores(*TRY(fields.Array("probabilities")), signature.classes.size()));
  golden.values = TRY(internal::ReadFloats(*TRY(fields.Array("values")), "golden.values", false));
  TRY(CheckAnswers(golden, signature));
  return golden;
}

}  // namespace gyre::model
