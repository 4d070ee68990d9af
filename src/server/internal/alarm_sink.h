#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/log.h"
#include "base/thread_pool.h"
#include "http/client.h"
#include "loop/loop.h"
#include "monitor/monitor.h"

namespace gyre::server::internal {

/// What an alarm sets off: a log line, a POST to each webhook of the endpoint, and the loop. Webhooks are sent from a
/// thread of their own, three times at most; what was not taken is logged. Thread-safe.
class AlarmSink final : public monitor::ActionSink {
 public:
  AlarmSink(monitor::Monitor& monitor, loop::Loop& loop, base::Logger& log);

  void OnWindow(const monitor::WindowReport& report) override;
  void OnAlarm(const monitor::Alarm& alarm) override;
  void Stop();

 private:
  void Send(const std::string& url, const std::string& body);
  base::Result<http::ClientResponse> Post(const std::string& url, const std::string& body);

  monitor::Monitor& monitor_;
  loop::Loop& loop_;
  base::Logger& log_;
  base::Cancellation stopping_ = base::Cancellation::Make();
  std::unique_ptr<http::Client> client_;  ///< of the sender's thread, made at the first webhook
  base::ThreadPool sender_{{.name = "webhooks", .threads = 1, .queue_limit = 1000}};
};

}  // namespace gyre::server::internal
