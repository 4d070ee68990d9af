#include "model/trained.h"

#include <cmath>

#include "model/internal/classify.h"

namespace gyre::model {
namespace {

size_t Width(const ColumnEncoding& encoding) {
  const auto* category = std::get_if<CategoryEncoding>(&encoding.encoding);
  return category == nullptr ? 1 : category->categories.size();
}

size_t Width(const std::vector<ColumnEncoding>& encodings) {
  size_t width = 0;
  for (const auto& encoding : encodings) width += Width(encoding);
  return width;
}

/// `encoded` points at the column's place in the first row, whose rows are `stride` apart.
void EncodeNumbers(const NumberEncoding& encoding, const std::vector<float>& values, float* encoded, size_t stride) {
  for (size_t row = 0; row < values.size(); ++row) {
    const float value = std::isnan(values[row]) ? encoding.fill : values[row];
    encoded[row * stride] = (value - encoding.shift) * encoding.scale;
  }
}

void EncodeCategories(const CategoryEncoding& encoding, const std::vector<std::string>& values, float* encoded,
                      size_t stride) {
  std::unordered_map<std::string_view, size_t> places;
  for (size_t i = 0; i < encoding.categories.size(); ++i) places.emplace(encoding.categories[i], i);
  for (size_t row = 0; row < values.size(); ++row) {
    const auto place = places.find(values[row]);
    if (place != places.end()) encoded[row * stride + place->second] = 1;
  }
}

base::Result<const FeatureColumn*> ColumnFor(const ColumnEncoding& encoding, const Frame& frame) {
  const auto found =
      std::ranges::find_if(frame.columns, [&](const FeatureColumn& column) { return column.name == encoding.column; });
  if (found == frame.columns.end()) {
    return base::InvalidArgument(
        fmt::format("the rows have no column '{}', which the model was trained on", encoding.column), encoding.column);
  }
  const bool is_number = std::holds_alternative<NumberEncoding>(encoding.encoding);
  if (is_number != (found->type == FeatureType::kNumber)) {
    return base::InvalidArgument(
        fmt::format("column '{}' must hold {}, as in training", encoding.column, is_number ? "numbers" : "categories"),
        encoding.column);
  }
  return &*found;
}

}  // namespace

size_t TrainedModel::encoded_features() const {
  return Width(encodings);
}

base::Result<std::vector<float>> Encode(const std::vector<ColumnEncoding>& encodings, const Frame& frame) {
  const size_t stride = Width(encodings);
  std::vector<float> encoded(frame.rows() * stride, 0.0F);
  size_t place = 0;
  for (const auto& encoding : encodings) {
    const auto* column = TRY(ColumnFor(encoding, frame));
    if (column->size() != frame.rows()) {
      return base::InvalidArgument(
          fmt::format("column '{}' has {} rows, others have {}", column->name, column->size(), frame.rows()),
          column->name);
    }
    if (encoded.empty()) continue;
    if (const auto* number = std::get_if<NumberEncoding>(&encoding.encoding)) {
      EncodeNumbers(*number, column->numbers, encoded.data() + place, stride);
    } else if (Width(encoding) > 0) {
      EncodeCategories(std::get<CategoryEncoding>(encoding.encoding), column->categories, encoded.data() + place,
                       stride);
    }
    place += Width(encoding);
  }
  return encoded;
}

Predictions PredictEncoded(const TrainedModel& model, std::span<const float> encoded) {
  return std::visit(
      [&](const auto& classifier) {
        return internal::Classify(classifier, encoded, model.encoded_features(), model.classes.size());
      },
      model.classifier);
}

base::Result<Predictions> Predict(const TrainedModel& model, const Frame& frame) {
  const auto encoded = TRY(Encode(model.encodings, frame));
  return PredictEncoded(model, encoded);
}

base::Result<Scores> PredictProbability(const TrainedModel& model, const Frame& frame) {
  auto predictions = TRY(Predict(model, frame));
  return std::move(predictions.probabilities);
}

base::Result<std::vector<int32_t>> PredictLabel(const TrainedModel& model, const Frame& frame) {
  auto predictions = TRY(Predict(model, frame));
  return std::move(predictions.labels);
}

}  // namespace gyre::model
