#include "monitor/internal/alarm_rules.h"

#include "base/text.h"

namespace gyre::monitor::internal {
namespace {

constexpr size_t kNamedFeatures = 5;

Alarm AlarmOf(const WindowReport& report, AlarmKind kind) {
  return {.id = {},
          .kind = kind,
          .endpoint = report.endpoint,
          .version = report.version,
          .window_id = report.id,
          .subject = {},
          .event_time = report.until,
          .raised_at = {},
          .reason = {},
          .evidence = {}};
}

std::string WindowText(const WindowReport& report) {
  return fmt::format("{} to {}", base::FormatTimestamp(report.from), base::FormatTimestamp(report.until));
}

}  // namespace

Alarm DriftAlarm(const WindowReport& report, const MonitorConfig& config) {
  std::vector<std::string> named;
  for (const auto& figure : report.drift) {
    if (!figure.drifted || figure.of_answer || figure.test != "psi") continue;
    named.push_back(fmt::format("{} (PSI {:.3f})", figure.feature, figure.score));
  }
  if (named.size() > kNamedFeatures) {
    const size_t unnamed = named.size() - kNamedFeatures;
    named.resize(kNamedFeatures);
    named.push_back(fmt::format("{} more", unnamed));
  }
  auto alarm = AlarmOf(report, AlarmKind::kDrift);
  alarm.reason = fmt::format("{} of {} features of {} drifted from {}'s reference in {}: {}", report.drifted_features,
                             report.features, report.endpoint.value(), report.version.ToString(), WindowText(report),
                             base::Join(named, ", "));
  alarm.evidence = {{"window", report.ToJson()}, {"rules", config.ToJson()}};
  return alarm;
}

std::vector<Alarm> PerformanceAlarms(const WindowReport& report, const MonitorConfig& config) {
  std::vector<Alarm> alarms;
  for (const auto& rule : config.performance) {
    const auto value = report.performance.find(rule.metric);
    if (report.labels < rule.min_labels || value == report.performance.end() || !value->is_number()) continue;
    if (!rule.IsBreached(value->get<double>())) continue;
    auto alarm = AlarmOf(report, AlarmKind::kPerformance);
    alarm.subject = rule.metric;
    alarm.reason =
        fmt::format("{} of {} was {:.4g} over {} labelled rows in {}; the worst that is fine is {:.4g}", rule.metric,
                    report.endpoint.value(), value->get<double>(), report.labels, WindowText(report), rule.threshold);
    alarm.evidence = {{"window", report.ToJson()},
                      {"metric", rule.metric},
                      {"value", *value},
                      {"threshold", rule.threshold},
                      {"min_labels", rule.min_labels}};
    alarms.push_back(std::move(alarm));
  }
  return alarms;
}

}  // namespace gyre::monitor::internal
