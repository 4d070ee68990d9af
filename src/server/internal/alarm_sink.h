#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "base/log.h"
#include "base/thread_pool.h"
#include "http/client.h"
#include "loop/loop.h"
#include "monitor/monitor.h"

namespace gyre::server::internal {

struct WebhookOptions {
  std::chrono::milliseconds timeout{10'000};  ///< of one attempt
  std::chrono::milliseconds pause{2'000};     ///< before the second attempt; twice that before the third
};

/// What an alarm sets off: a log line, a POST to each webhook of the endpoint, and the loop. Webhooks are sent from a
/// thread of their own, three times at most with a pause between; what was not taken is logged. A receiver that hangs
/// delays other webhooks, but nothing else. Thread-safe.
class AlarmSink final : public monitor::ActionSink {
 public:
  AlarmSink(monitor::Monitor& monitor, loop::Loop& loop, base::Logger& log, const WebhookOptions& options = {});
  ~AlarmSink() override { Stop(); }

  void OnWindow(const monitor::WindowReport& report) override;
  void OnAlarm(const monitor::Alarm& alarm) override;
  /// Ends the attempt that runs; what is queued is logged as not sent. Idempotent.
  void Stop();

 private:
  void Send(const std::string& url, const std::string& body);
  /// False if it was ended by `Stop`.
  bool Pause(std::chrono::milliseconds time);
  base::Result<http::ClientResponse> Post(const std::string& url, const std::string& body);

  monitor::Monitor& monitor_;
  loop::Loop& loop_;
  base::Logger& log_;
  const WebhookOptions options_;
  base::Cancellation stopping_ = base::Cancellation::Make();
  std::mutex mutex_;
  std::condition_variable stopped_;
  std::unique_ptr<http::Client> client_;  ///< of the sender's thread, made at the first webhook
  base::ThreadPool sender_{{.name = "webhooks", .threads = 1, .queue_limit = 1000}};
};

}  // namespace gyre::server::internal
