#include "monitor/internal/endpoint_watch.h"

#include "monitor/internal/alarm_rules.h"
#include "monitor/internal/drift_check.h"
#include "monitor/internal/performance_check.h"
#include "monitor/internal/window_clock.h"

namespace gyre::monitor::internal {
namespace {

constexpr uint64_t kMaxProfileBytes = 256 << 20;

/// The first event time at or after `from`.
base::Result<std::optional<base::Timestamp>> FirstEvent(LogView& view, base::Timestamp from) {
  const std::array<engine::Value, 1> parameters = {from};
  const auto first = TRY(view.connection.Query("SELECT min(event_time) FROM log WHERE event_time >= $1", parameters));
  if (first.columns[0].IsNull(0)) return std::nullopt;
  return base::FromMicros(first.columns[0].integers[0]);
}

}  // namespace

base::Result<void> EndpointWatch::Evaluate(uint64_t configured) {
  if (configured_ != configured) {
    config_ = TRY(store_.LoadConfig(endpoint_));
    configured_ = configured;
  }
  if (!loaded_) TRY(Load());
  TRY(CloseDueWindows());
  return JudgeLabelled();
}

base::Result<void> EndpointWatch::Load() {
  closed_until_ = TRY(store_.ClosedUntil(endpoint_));
  seen_labels_ = deps_.labels.Count(endpoint_);
  marks_ = TRY(store_.Marks(endpoint_));
  for (size_t i = 0; i < marks_.size(); ++i) waiting_.insert(i);
  if (!marks_.empty()) {
    const auto newest = TRY(store_.Window(marks_.back().id));
    ShowDrift(newest);
    ShowPerformance(newest);
  }
  loaded_ = true;
  return base::Ok();
}

base::Result<void> EndpointWatch::CloseDueWindows() {
  const auto watermark = deps_.log.Watermark(endpoint_);
  if (!watermark) return base::Ok();
  const auto first = closed_until_ ? closed_until_ : deps_.log.EarliestEvent(endpoint_);
  const auto earliest_end = WindowStart(*first, config_.window) + config_.window;
  if (earliest_end + config_.lateness > *watermark) return base::Ok();
  const auto routing = deps_.endpoints.RoutingOf(endpoint_);
  if (!routing || !routing->champion) return base::Ok();  // removed meanwhile
  return CloseWindows(*first, *watermark, routing->champion->version());
}

base::Result<void> EndpointWatch::CloseWindows(base::Timestamp first, base::Timestamp watermark,
                                               const registry::VersionRef& champion) {
  const auto profile = TRY(LoadProfile(champion));
  auto view = TRY(deps_.log.View(endpoint_, {.event_from = first, .event_until = {}, .answered_from = {}}));
  while (const auto event = TRY(FirstEvent(view, first))) {
    const auto start = WindowStart(*event, config_.window);
    WindowReport report;
    report.endpoint = endpoint_;
    report.version = champion;
    // After a change of the window's width the first new one begins where the last old one ended.
    report.from = std::max(first, start);
    report.until = start + config_.window;
    if (report.until + config_.lateness > watermark) {
      if (start > first) {
        TRY(store_.SkipUntil(endpoint_, start));
        closed_until_ = start;
      }
      break;
    }
    first = report.until;
    TRY(CloseWindow(view, std::move(report), profile));
  }
  return base::Ok();
}

base::Result<void> EndpointWatch::CloseWindow(LogView& view, WindowReport report,
                                              const model::ReferenceProfile& profile) {
  TRY(CompareWindow(view, profile, config_, report));
  std::optional<Alarm> alarm;
  if (report.drifted) {
    const auto before = TRY(store_.LatestVerdicts(endpoint_, config_.persistence - 1));
    const bool persists = static_cast<int64_t>(before.size()) == config_.persistence - 1 &&
                          std::ranges::all_of(before, [](bool drifted) { return drifted; });
    if (persists) alarm = DriftAlarm(report, config_);
  }
  TRY(store_.CloseWindow(report, alarm));
  closed_until_ = report.until;
  waiting_.insert(marks_.size());
  marks_.push_back({.id = report.id, .from = report.from, .until = report.until, .labels = 0, .judged_at = {}});
  ShowDrift(report);
  findings_.Add(std::move(report));
  if (alarm) Raise(std::move(*alarm));
  return base::Ok();
}

base::Result<model::ReferenceProfile> EndpointWatch::LoadProfile(const registry::VersionRef& version) {
  const auto record = deps_.registry.Get(version);
  if (!record && record.error().code() != base::ErrorCode::kNotFound) return record.error();
  // A graph from outside has no profile, and a version may be deleted while it still answers: then windows are
  // reported without drift figures.
  if (!record || !record->files.contains("profile.json")) return model::ReferenceProfile{};
  const auto text = TRY(deps_.registry.LoadFile(*record, "profile.json"));
  if (text.size() > kMaxProfileBytes)
    return base::TooLarge("the reference profile is over 256 MiB", version.ToString());
  return model::ReferenceProfile::FromJson(TRY(base::ParseJson(text, "the reference profile")));
}

base::Result<void> EndpointWatch::JudgeLabelled() {
  TRY(NoteNewLabels());
  const auto watermark = deps_.labels.Watermark(endpoint_);
  if (!watermark) return base::Ok();
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    WindowMark& mark = marks_[*at];
    const bool due = mark.until + config_.lateness <= *watermark;
    at = due && TRY(JudgeWindow(mark)) ? waiting_.erase(at) : std::next(at);
  }
  return base::Ok();
}

base::Result<void> EndpointWatch::NoteNewLabels() {
  const int64_t labels = deps_.labels.Count(endpoint_);
  if (labels == seen_labels_) return base::Ok();
  for (const auto time : TRY(deps_.labels.EventTimesAfter(endpoint_, seen_labels_))) {
    const auto after = std::ranges::upper_bound(marks_, time, {}, &WindowMark::from);
    if (after == marks_.begin()) continue;
    const auto position = static_cast<size_t>(after - marks_.begin()) - 1;
    if (time < marks_[position].until) waiting_.insert(position);
  }
  seen_labels_ = labels;
  return base::Ok();
}

bool EndpointWatch::IsWorthJudging(const WindowMark& mark, int64_t labels) const {
  if (!mark.judged_at || labels * 10 >= mark.labels * 11) return true;
  return deps_.clock.Now() - *mark.judged_at >= options_.judge_again;
}

/// True once the window has nothing to wait for.
base::Result<bool> EndpointWatch::JudgeWindow(WindowMark& mark) {
  const int64_t labels = TRY(deps_.labels.CountBetween(endpoint_, mark.from, mark.until));
  if (labels == mark.labels) return true;
  if (!IsWorthJudging(mark, labels)) return false;
  const auto rows =
      TRY(deps_.labels.Join(endpoint_, {.event_from = mark.from, .event_until = mark.until, .answered_from = {}}));
  auto report = TRY(store_.Window(mark.id));
  report.labels = static_cast<int64_t>(rows.size());
  if (report.labels > 0) report.performance = TRY(EvaluateRows(rows));
  auto alarms = PerformanceAlarms(report, config_);
  TRY(store_.SavePerformance(report, alarms));
  mark.labels = labels;
  mark.judged_at = deps_.clock.Now();
  ShowPerformance(report);
  findings_.Add(std::move(report));
  for (auto& alarm : alarms) Raise(std::move(alarm));
  return true;
}

void EndpointWatch::ShowDrift(const WindowReport& report) {
  for (const auto& figure : report.drift) {
    deps_.metrics
        .GetGauge("gyre_drift_score", "Score of the newest window's rows against the reference profile.",
                  {{"endpoint", endpoint_.value()}, {"feature", figure.feature}, {"test", figure.test}})
        .Set(figure.score);
  }
}

void EndpointWatch::ShowPerformance(const WindowReport& report) {
  if (report.from < shown_performance_) return;
  shown_performance_ = report.from;
  for (const auto& [metric, value] : report.performance.items()) {
    if (!value.is_number_float()) continue;
    deps_.metrics
        .GetGauge("gyre_performance", "Metric of the newest window that labels have come for, as answered.",
                  {{"endpoint", endpoint_.value()}, {"metric", metric}})
        .Set(value.get<double>());
  }
}

void EndpointWatch::Raise(Alarm alarm) {
  deps_.logger.Warn("alarm_raised", {{"endpoint", endpoint_.value()},
                                     {"kind", AlarmKindName(alarm.kind)},
                                     {"alarm", alarm.id},
                                     {"reason", alarm.reason}});
  deps_.metrics
      .GetCounter("gyre_alarms_total", "Alarms raised.",
                  {{"endpoint", endpoint_.value()}, {"kind", std::string(AlarmKindName(alarm.kind))}})
      .Add();
  findings_.Add(std::move(alarm));
}

}  // namespace gyre::monitor::internal
