#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "serve/prediction_sink.h"

namespace gyre::serve::testing {

/// Copies of what it was offered. Thread-safe.
class RecordingSink final : public PredictionSink {
 public:
  struct Answer {
    std::string version;
    std::string label;
    std::vector<float> probabilities;
    float value = 0;
  };
  struct Row {
    std::string endpoint;
    PredictionId id;
    base::Timestamp time;
    base::Timestamp event_time;
    std::string key;
    std::vector<float> numbers;
    std::vector<std::string> categories;
    Answer answer;
    std::optional<Answer> shadow;
  };

  bool Offer(const PredictionBatch& batch) override {
    const std::lock_guard lock(mutex_);
    if (full) return false;
    for (const auto& view : batch.rows) {
      rows_.push_back({.endpoint = std::string(batch.endpoint),
                       .id = view.id,
                       .time = view.time,
                       .event_time = view.event_time,
                       .key = std::string(view.key),
                       .numbers = {view.numbers.begin(), view.numbers.end()},
                       .categories = {view.categories.begin(), view.categories.end()},
                       .answer = Copy(batch, view.answer),
                       .shadow = view.shadow ? std::optional(Copy(batch, *view.shadow)) : std::nullopt});
    }
    return true;
  }
  std::vector<Row> rows() const {
    const std::lock_guard lock(mutex_);
    return rows_;
  }

  bool full = false;  ///< refuses everything

 private:
  static Answer Copy(const PredictionBatch& batch, const VariantAnswer& answer) {
    const auto& classes = batch.signature->classes;
    return {.version = answer.version->ToString(),
            .label = classes.empty() ? std::string() : classes[static_cast<size_t>(answer.label)],
            .probabilities = {answer.probabilities.begin(), answer.probabilities.end()},
            .value = answer.value};
  }

  mutable std::mutex mutex_;
  std::vector<Row> rows_;
};

}  // namespace gyre::serve::testing
