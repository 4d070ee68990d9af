#include "monitor/internal/findings.h"

namespace gyre::monitor::internal {

void Findings::SetSink(ActionSink* sink) {
  const std::lock_guard lock(mutex_);
  sink_ = sink;
}

void Findings::Add(WindowReport report) {
  const std::lock_guard lock(mutex_);
  queue_.emplace_back(std::move(report));
  ++added_;
}

void Findings::Add(Alarm alarm) {
  const std::lock_guard lock(mutex_);
  queue_.emplace_back(std::move(alarm));
  ++added_;
}

std::optional<Findings::Finding> Findings::Take() {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) {
    giver_ = {};
    return std::nullopt;
  }
  auto finding = std::move(queue_.front());
  queue_.pop_front();
  return finding;
}

void Findings::Give(const Finding& finding) {
  ActionSink* sink = nullptr;
  {
    const std::lock_guard lock(mutex_);
    sink = sink_;
  }
  if (sink == nullptr) return;
  if (const auto* report = std::get_if<WindowReport>(&finding)) return sink->OnWindow(*report);
  const auto& alarm = std::get<Alarm>(finding);
  sink->OnAlarm(alarm);
  if (const auto taken = store_.MarkTaken(alarm.id); !taken) {
    logger_.Warn("alarm_not_marked", {{"alarm", alarm.id}, {"error", taken.error().message()}});
  }
}

void Findings::HandOver() {
  {
    std::unique_lock lock(mutex_);
    if (giver_ == std::this_thread::get_id()) return;
    const uint64_t until = added_;
    progress_.wait(lock, [&] { return given_ >= until || giver_ == std::thread::id(); });
    if (given_ >= until) return;
    giver_ = std::this_thread::get_id();
  }
  while (const auto finding = Take()) {
    Give(*finding);
    {
      const std::lock_guard lock(mutex_);
      ++given_;
    }
    progress_.notify_all();
  }
}

}  // namespace gyre::monitor::internal
