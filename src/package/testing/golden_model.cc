#include "package/testing/golden_model.h"

#include <cmath>

#include "base/file.h"

namespace gyre::package::testing {

GoldenModel LoadGolden(const std::string& name) {
  const auto path = std::filesystem::path(GYRE_TEST_DATA) / (name + ".json");
  const auto json = base::ParseJson(base::ReadFile(path, 1 << 20).value(), name).value();
  GoldenModel golden{.trained = model::TrainedModelFromJson(json.at("trained")).value(),
                     .features = {},
                     .labels = json.at("labels").get<std::vector<std::string>>(),
                     .probabilities = json.at("probabilities")};
  for (const auto& encoding : golden.trained.encodings) {
    model::FeatureColumn column{
        .name = encoding.column, .type = model::FeatureType::kCategory, .numbers = {}, .categories = {}};
    const bool is_number = std::holds_alternative<model::NumberEncoding>(encoding.encoding);
    if (is_number) column.type = model::FeatureType::kNumber;
    for (const auto& value : json.at("features").at(encoding.column)) {
      if (is_number) {
        column.numbers.push_back(value.is_null() ? NAN : value.get<float>());
      } else {
        column.categories.push_back(value.get<std::string>());
      }
    }
    golden.features.columns.push_back(std::move(column));
  }
  return golden;
}

model::Signature SignatureOf(const model::TrainedModel& trained) {
  model::Signature signature;
  for (const auto& encoding : trained.encodings) {
    const auto* category = std::get_if<model::CategoryEncoding>(&encoding.encoding);
    model::Feature feature{.name = encoding.column, .nullable = true};
    if (category != nullptr) {
      feature.type = model::FeatureType::kCategory;
      feature.categories = category->categories;
    }
    signature.inputs.push_back(std::move(feature));
  }
  signature.classes = trained.classes;
  signature.positive_class = trained.classes.back();
  return signature;
}

}  // namespace gyre::package::testing
