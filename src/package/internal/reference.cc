#include "package/internal/reference.h"

#include <cmath>

#include "package/internal/golden_choice.h"

namespace gyre::package::internal {
namespace {

std::vector<std::string> LabelNames(const model::Signature& signature, const std::vector<int32_t>& labels) {
  std::vector<std::string> names;
  for (const int32_t label : labels) names.push_back(signature.classes[static_cast<size_t>(label)]);
  return names;
}

template <class T>
std::vector<T> TakeThose(const std::vector<T>& values, const std::vector<size_t>& rows) {
  std::vector<T> taken;
  for (const size_t row : rows) {
    if (row < values.size()) taken.push_back(values[row]);
  }
  return taken;
}

}  // namespace

bool SawMissing(const model::FeatureColumn& column) {
  if (column.type == model::FeatureType::kNumber) {
    return std::ranges::any_of(column.numbers, [](float value) { return std::isnan(value); });
  }
  return std::ranges::any_of(column.categories, [](const std::string& value) { return value.empty(); });
}

model::Frame OnlyInputs(const model::Signature& signature, const model::Frame& frame) {
  model::Frame inputs;
  for (const auto& feature : signature.inputs) {
    if (const auto* column = frame.Find(feature.name)) inputs.columns.push_back(*column);
  }
  return inputs;
}

void ApplyBounds(const std::vector<DeclaredBounds>& bounds, model::Signature& signature) {
  for (const auto& declared : bounds) {
    const auto feature = std::ranges::find(signature.inputs, declared.feature, &model::Feature::name);
    if (feature == signature.inputs.end()) continue;
    if (declared.minimum) feature->minimum = declared.minimum;
    if (declared.maximum) feature->maximum = declared.maximum;
    feature->closed = feature->closed || declared.closed;
  }
}

model::ReferenceProfile MakeProfile(const model::Signature& signature, const model::Frame& training,
                                    const model::Answers& answers) {
  auto profile = model::ProfileFrame(training);
  profile.predicted_label = model::ProfileCategories(LabelNames(signature, answers.labels));
  const auto& probabilities = answers.probabilities;
  for (size_t label = 0; label < probabilities.classes; ++label) {
    std::vector<float> of_class;
    for (size_t row = 0; row < probabilities.rows(); ++row) of_class.push_back(probabilities.At(row, label));
    profile.predicted_probability["probability." + signature.classes[label]] = model::ProfileNumbers(of_class);
  }
  return profile;
}

model::GoldenRows MakeGolden(const model::Signature& signature, const model::Frame& test,
                             const model::Answers& answers) {
  auto predicted = answers.labels;
  predicted.resize(test.rows());  // a regression has no classes to cover
  const auto chosen = ChooseGolden(signature, test, predicted);
  model::GoldenRows golden;
  golden.features = test.Take(chosen);
  golden.labels = TakeThose(LabelNames(signature, answers.labels), chosen);
  golden.values = TakeThose(answers.values, chosen);
  const auto& probabilities = answers.probabilities;
  golden.probabilities.classes = probabilities.classes;
  for (const size_t row : chosen) {
    for (size_t label = 0; label < probabilities.classes; ++label) {
      golden.probabilities.values.push_back(probabilities.At(row, label));
    }
  }
  return golden;
}

}  // namespace gyre::package::internal
