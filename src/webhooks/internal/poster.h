#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/cancel.h"
#include "base/result.h"
#include "base/time.h"
#include "http/client.h"
#include "webhooks/webhooks.h"

namespace gyre::webhooks::internal {

/// What one attempt came to.
struct Outcome {
  std::optional<int64_t> status;
  std::string body;                          ///< of the answer
  std::string error;                         ///< empty if it was taken
  bool again = false;                        ///< another attempt may succeed
  std::optional<std::chrono::seconds> wait;  ///< what the receiver asked for
};

/// Sends signed messages. Thread-safe.
class Poster {
 public:
  Poster(const Options& options, const base::Clock& clock) : options_(options), clock_(clock) {}

  struct Parcel {
    std::string_view url;
    std::string_view secret;
    std::string_view delivery;
    std::string_view body;
  };
  /// kCancelled, or that there is no HTTP client at all; whatever goes wrong on the way is an outcome.
  base::Result<Outcome> Send(const Parcel& parcel, const base::Cancellation& cancel);

 private:
  base::Result<http::Client*> Client();

  const Options options_;
  const base::Clock& clock_;
  std::mutex mutex_;
  std::unique_ptr<http::Client> client_;  ///< guarded by mutex_ until it is made
};

/// {"entity", "action", "timestamp", "data"} as MLflow sends it.
std::string BodyOf(const Event& event, const base::Json& data, base::Timestamp now);

}  // namespace gyre::webhooks::internal
