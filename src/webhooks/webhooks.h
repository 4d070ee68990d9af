#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "store/database.h"
#include "webhooks/webhook.h"

namespace gyre::webhooks {

/// What may be sent where, and how patiently.
struct Options {
  std::vector<std::string> schemes = {"https"};  ///< of URLs
  bool private_addresses = false;                ///< receivers on this machine or in private networks are fine
  std::chrono::milliseconds timeout{30'000};     ///< of one attempt
  int64_t attempts = 6;
  std::chrono::milliseconds pause{1'000};  ///< before the second attempt; four times that before each next one
  std::chrono::hours keep{24 * 30};        ///< deliveries that are over stay in the log for so long
};

/// What came of a message that was sent to try a webhook.
struct TestResult {
  bool success = false;
  std::optional<int64_t> status;
  std::string body;   ///< of the answer
  std::string error;  ///< why there was none
};

/// Registrations, the queue of messages and the log of what became of them, all in the database: what was accepted is
/// sent after a restart too, at least once. One thread ("registry-hooks") sends; a receiver that hangs delays others by
/// one timeout a time. Thread-safe.
///
/// A message that is answered with 429 or 5xx, or not at all, is sent again (Retry-After is honoured up to an hour);
/// any other status over 299 ends it.
class Webhooks {
 public:
  struct Deps {
    store::Database& database;
    const base::Clock& clock;
    base::Entropy& entropy;
    base::Logger& log;
  };
  static base::Result<std::unique_ptr<Webhooks>> Open(const Options& options, const Deps& deps);
  ~Webhooks();

  /// kInvalidArgument for a name, an URL or events that are not accepted.
  base::Result<Webhook> Create(const NewWebhook& webhook, std::string_view actor);
  base::Result<Webhook> Get(std::string_view id);
  struct Page {
    std::vector<Webhook> webhooks;  ///< newest first
    std::string next_page_token;    ///< empty on the last page
  };
  base::Result<Page> List(int64_t max_results, std::string_view page_token);
  base::Result<Webhook> Update(std::string_view id, const WebhookPatch& patch, std::string_view actor);
  /// What is still to be sent to it is not.
  base::Result<void> Delete(std::string_view id, std::string_view actor);

  /// Sends an example of `event`, or of the webhook's first one, at once and once. Not part of the log.
  base::Result<TestResult> Test(std::string_view id, const std::optional<Event>& event);

  /// Queues a message for every active webhook that asked for the event, as part of the caller's transaction.
  base::Result<void> EnqueueIn(store::Transaction& transaction, const Event& event, const base::Json& data);

  /// The log of one webhook, newest first.
  base::Result<std::vector<Delivery>> Deliveries(std::string_view webhook, int64_t limit);
  /// Queues the same body once more, as a delivery of its own.
  base::Result<Delivery> Resend(std::string_view webhook, std::string_view delivery, std::string_view actor);

  void Start();
  /// Ends the attempt that runs: it is made again after the next start. Idempotent.
  void Stop();
  /// Sends what is due on the calling thread, for tests with a clock of their own; returns how many attempts it made.
  base::Result<int64_t> SendDue();

 private:
  struct Impl;
  explicit Webhooks(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gyre::webhooks
