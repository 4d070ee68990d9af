#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "serve/endpoints.h"
#include "serve/prediction_sink.h"

namespace gyre::serve {

/// Answers prediction requests: body to features in one pass, model, answer, log. Once buffers have grown to the size
/// of the requests, nothing is allocated but by ONNX Runtime. Thread-safe; runs on the calling thread, with buffers
/// that no other call has meanwhile.
///
/// A row goes to a canary's candidate by a hash of its key, so that a key stays with its variant, or of its prediction
/// id if it has none. A candidate that fails never fails the request: the champion answers, and that is counted.
class Predictor {
 public:
  struct Limits {
    size_t max_rows = 10'000;
    size_t max_values = 4'000'000;  ///< rows x features of one request
  };
  struct Deps {
    const Endpoints& endpoints;
    PredictionSink& sink;
    const base::Clock& clock;
    base::Entropy& entropy;
  };
  Predictor(const Limits& limits, const Deps& deps);
  ~Predictor();

  /// `body` is one object of features or an array of them, each with optional `event_time` (RFC 3339, or whole
  /// milliseconds since 1970) and `key` (text or number, up to 256 bytes); a feature of that name goes before. Appends
  ///   {"model_version":"rain/3","predictions":[{"prediction_id":"<32 hex>","label":"rain","probability":0.93}]}
  /// to `answer`: `probability` is that of the signature's positive class where there are two, of the label where there
  /// are more; a regression has "value" instead of both. `model_version` is the version that answered; where a
  /// request's rows were split between champion and candidate it is the champion, and the candidate's rows carry their
  /// own.
  ///
  /// On an error nothing is appended. kNotFound: no such endpoint. kInvalidArgument: not JSON of that shape (at which
  /// byte). kUnprocessable: a value that the signature refuses; names row and feature. kTooLarge: over a limit.
  /// kCancelled, kDeadlineExceeded: `cancel`. Anything else is the model's or our fault.
  base::Result<void> PredictJson(std::string_view endpoint, std::string_view body, const base::Cancellation& cancel,
                                 std::string& answer);

  /// How long the models would compute for `body`, if anything too much: the cost of a row as measured when they were
  /// loaded, for every '{' of the body. Zero if there is no such endpoint. Costs little and allocates nothing.
  std::chrono::nanoseconds EstimateCost(std::string_view endpoint, std::string_view body) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gyre::serve
