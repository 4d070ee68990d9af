#include "server/internal/alarm_sink.h"

namespace gyre::server::internal {
namespace {
constexpr int kAttempts = 3;
}  // namespace

AlarmSink::AlarmSink(monitor::Monitor& monitor, loop::Loop& loop, base::Logger& log, const WebhookOptions& options)
    : monitor_(monitor), loop_(loop), log_(log), options_(options) {}

void AlarmSink::OnWindow(const monitor::WindowReport& report) {
  loop_.OnWindow(report);
}

void AlarmSink::OnAlarm(const monitor::Alarm& alarm) {
  log_.Warn("alarm_raised", {{"alarm", alarm.id},
                             {"kind", monitor::AlarmKindName(alarm.kind)},
                             {"endpoint", alarm.endpoint.value()},
                             {"reason", alarm.reason}});
  const auto config = monitor_.ConfigOf(alarm.endpoint);
  if (config) {
    const auto body = base::DumpJson({{"type", "alarm"}, {"alarm", alarm.ToJson()}});
    for (const auto& url : config->webhooks) {
      if (!sender_.Submit([this, url, body] { Send(url, body); }))
        log_.Error("webhook_dropped", {{"url", url}, {"alarm", alarm.id}});
    }
  }
  loop_.OnAlarm(alarm);
}

base::Result<http::ClientResponse> AlarmSink::Post(const std::string& url, const std::string& body) {
  if (!client_) client_ = TRY(http::Client::Make());
  http::ClientRequest request{
      .method = http::Method::kPost, .url = url, .headers = {{"Content-Type", "application/json"}}, .body = body};
  request.timeout = options_.timeout;
  return client_->Send(request, stopping_);
}

void AlarmSink::Send(const std::string& url, const std::string& body) {
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    const auto response = Post(url, body);
    if (response && response->status < 300) return;
    const auto why = response ? fmt::format("status {}", response->status) : response.error().message();
    log_.Warn("webhook_not_taken", {{"url", url}, {"attempt", int64_t{attempt}}, {"why", why}});
    if (attempt == kAttempts || !Pause(options_.pause * attempt)) return;
  }
}

bool AlarmSink::Pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !stopped_.wait_for(lock, time, [this] { return stopping_.requested(); });
}

void AlarmSink::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_.Cancel();
  }
  stopped_.notify_all();
  sender_.Stop();
}

}  // namespace gyre::server::internal
