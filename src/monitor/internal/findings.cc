#include "monitor/internal/findings.h"

namespace gyre::monitor::internal {

void Findings::SetSink(ActionSink* sink) {
  const std::lock_guard lock(mutex_);
  sink_ = sink;
}

void Findings::Add(WindowReport report) {
  const std::lock_guard lock(mutex_);
  queue_.emplace_back(std::move(report));
}

void Findings::Add(Alarm alarm) {
  const std::lock_guard lock(mutex_);
  queue_.emplace_back(std::move(alarm));
}

std::optional<Findings::Finding> Findings::Take() {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) {
    handing_over_ = false;
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
    const std::lock_guard lock(mutex_);
    if (handing_over_) return;
    handing_over_ = true;
  }
  while (const auto finding = Take()) Give(*finding);
}

}  // namespace gyre::monitor::internal
