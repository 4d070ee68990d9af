#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/time.h"
#include "model/signature.h"
#include "registry/model_version.h"
#include "serve/prediction_id.h"

namespace gyre::serve {

/// The answer of one model version to one row, in terms of the batch's signature.
struct VariantAnswer {
  const registry::VersionRef* version = nullptr;
  int32_t label = 0;                     ///< index into the signature's classes; 0 for a regression
  std::span<const float> probabilities;  ///< per class; empty for a regression and for a graph that gives none
  float value = 0;                       ///< of a regression
};

/// One answered row. Borrowed for the length of the call.
struct PredictionView {
  PredictionId id;
  base::Timestamp time;                          ///< arrival, exact where the id has milliseconds
  base::Timestamp event_time;                    ///< as sent, else `time`
  std::string_view key;                          ///< as sent (a number as its text), else empty
  std::span<const float> numbers;                ///< the number features, in signature order; NaN where missing
  std::span<const std::string_view> categories;  ///< the category features, in signature order; empty where missing
  VariantAnswer answer;                          ///< what the caller got
  /// What the other variant of a canary would have said on the same row: lets the two be compared in pairs.
  std::optional<VariantAnswer> shadow;
};

struct PredictionBatch {
  std::string_view endpoint;
  /// The champion's; a candidate's answers are put in its terms.
  const model::Signature* signature = nullptr;
  std::span<const PredictionView> rows;
};

/// Where answered rows go. Called on I/O threads, several at once, just before the answer leaves: must copy what it
/// keeps, never block, never throw.
class PredictionSink {
 public:
  virtual ~PredictionSink() = default;
  /// False if the rows were dropped because the log cannot keep up; the sink counts them.
  virtual bool Offer(const PredictionBatch& batch) = 0;
};

}  // namespace gyre::serve
