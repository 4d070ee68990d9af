#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "serve/prediction_sink.h"

namespace gyre::monitor::testing {

/// Two numbers (temp, humid), a category (sky), the classes no and rain.
inline model::Signature WeatherSignature() {
  model::Signature signature;
  signature.inputs = {{.name = "temp"},
                      {.name = "sky", .type = model::FeatureType::kCategory, .nullable = true},
                      {.name = "humid", .nullable = true}};
  signature.classes = {"no", "rain"};
  signature.positive_class = "rain";
  return signature;
}

/// One row for `Batch`, with values that can be told apart.
struct SampleRow {
  base::Timestamp event_time;
  float temp = 20;
  float humid = 50;
  std::string sky = "clear";
  float rain = 0.25F;  ///< its probability
  std::string key = {};
  int64_t version = 1;
  std::optional<float> shadow_rain = {};  ///< of version + 1
};

/// A batch that owns what its views point to. Rows arrive at `arrival`.
class SampleBatch {
 public:
  SampleBatch(std::string endpoint, const std::vector<SampleRow>& rows, base::Timestamp arrival, base::Entropy& entropy,
              const model::Signature& signature = WeatherSignature())
      : endpoint_(std::move(endpoint)), signature_(signature), rows_(rows), cells_(rows.size()) {
    for (size_t i = 0; i < rows_.size(); ++i) views_.push_back(ViewOf(i, arrival, entropy));
  }
  SampleBatch(const SampleBatch&) = delete;
  SampleBatch& operator=(const SampleBatch&) = delete;

  serve::PredictionBatch Get() const { return {.endpoint = endpoint_, .signature = &signature_, .rows = views_}; }
  serve::PredictionId id(size_t row = 0) const { return views_[row].id; }
  std::string hex(size_t row = 0) const { return serve::FormatPredictionId(views_[row].id); }

 private:
  struct Cells {
    std::array<float, 2> numbers;
    std::array<std::string_view, 1> categories;
    std::array<float, 2> probabilities;
    std::array<float, 2> shadow_probabilities;
    registry::VersionRef version;
    registry::VersionRef shadow_version;
  };

  serve::PredictionView ViewOf(size_t i, base::Timestamp arrival, base::Entropy& entropy) {
    const auto& row = rows_[i];
    auto& cells = cells_[i];
    cells.numbers = {row.temp, row.humid};
    cells.categories = {row.sky};
    cells.probabilities = {1 - row.rain, row.rain};
    cells.version = {registry::ModelName("rain"), row.version};
    serve::PredictionView view{.id = serve::NewPredictionId(arrival, entropy),
                               .time = arrival,
                               .event_time = row.event_time,
                               .key = row.key,
                               .numbers = cells.numbers,
                               .categories = cells.categories,
                               .answer = Answer(cells.version, cells.probabilities),
                               .shadow = {}};
    if (row.shadow_rain) {
      cells.shadow_probabilities = {1 - *row.shadow_rain, *row.shadow_rain};
      cells.shadow_version = {registry::ModelName("rain"), row.version + 1};
      view.shadow = Answer(cells.shadow_version, cells.shadow_probabilities);
    }
    return view;
  }
  static serve::VariantAnswer Answer(const registry::VersionRef& version, std::span<const float> probabilities) {
    return {.version = &version, .label = probabilities[1] >= 0.5F ? 1 : 0, .probabilities = probabilities};
  }

  const std::string endpoint_;
  const model::Signature signature_;
  const std::vector<SampleRow> rows_;
  std::vector<Cells> cells_;
  std::vector<serve::PredictionView> views_;
};

}  // namespace gyre::monitor::testing
