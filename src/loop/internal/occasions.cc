#include "loop/internal/occasions.h"

namespace gyre::loop::internal {
namespace {

constexpr std::string_view kActor = "loop";
constexpr int64_t kMissedAtMost = 100;

/// Why an alarm of this kind is not acted on by configuration; empty if it is.
std::string_view Unwanted(const LoopConfig& config, monitor::AlarmKind kind) {
  if (kind == monitor::AlarmKind::kDrift) return config.on_drift ? "" : "on_drift is false";
  return config.on_performance ? "" : "on_performance is false";
}

}  // namespace

base::Result<void> Occasions::Consider(const monitor::Alarm& alarm) {
  const auto kind = monitor::AlarmKindName(alarm.kind);
  const auto stored =
      TRY(deps_.database.Read([&](store::Reader& reader) { return FindConfig(reader, alarm.endpoint); }));
  if (!stored) {
    LogRefusal(alarm.endpoint, kind, "the endpoint has no loop");
    return base::Ok();
  }
  if (const auto unwanted = Unwanted(stored->config, alarm.kind); !unwanted.empty()) {
    LogRefusal(alarm.endpoint, kind, unwanted);
  } else {
    const auto begun = driver_.Begin(alarm.endpoint, stored->config,
                                     {.kind = kind, .reason = alarm.reason, .alarm = alarm.id}, kActor);
    if (!begun) LogRefusal(alarm.endpoint, kind, begun.error().message());
  }
  return deps_.database.RunWrite(
      [&](store::Transaction& transaction) { return WriteAlarmsSeen(transaction, alarm.endpoint, alarm.raised_at); });
}

base::Result<std::vector<monitor::Alarm>> Occasions::Missed() {
  std::vector<monitor::Alarm> missed;
  for (const auto& stored : TRY(deps_.database.Read([](store::Reader& reader) { return LoadConfigs(reader); }))) {
    auto alarms = TRY(deps_.monitor.Alarms(stored.endpoint, kMissedAtMost));
    std::erase_if(alarms, [&](const monitor::Alarm& alarm) { return alarm.raised_at <= stored.alarms_seen; });
    missed.insert(missed.end(), alarms.rbegin(), alarms.rend());
  }
  return missed;
}

base::Result<void> Occasions::LookAtAll() {
  for (const auto& stored : TRY(deps_.database.Read([](store::Reader& reader) { return LoadConfigs(reader); }))) {
    TRY(LookAt(stored));
  }
  return base::Ok();
}

base::Result<void> Occasions::LookAt(const StoredConfig& stored) {
  const auto mark = MarkOf(stored.endpoint);
  if (!mark && mark.error().code() == base::ErrorCode::kNotFound) return base::Ok();  // nothing is deployed there yet
  if (!mark) return mark.error();
  const auto cause = TRY(DueCause(stored, *mark));
  if (!cause) return base::Ok();
  const auto begun = driver_.Begin(stored.endpoint, stored.config, *cause, kActor);
  const auto why = begun ? std::string() : begun.error().message();
  auto& said = refused_[fmt::format("{} {}", stored.endpoint.value(), cause->kind)];
  if (!begun && said != why) LogRefusal(stored.endpoint, cause->kind, why);
  said = why;
  return base::Ok();
}

/// Notes a champion that came into office by other hands than the loop's: it may have learnt from every label there
/// was, but the first of an endpoint from none.
base::Result<Mark> Occasions::MarkOf(const serve::EndpointName& endpoint) {
  const auto record = TRY(deps_.releases.Get(endpoint));
  const auto known = TRY(deps_.database.Read([&](store::Reader& reader) { return FindMark(reader, endpoint); }));
  if (known && known->champion == record.champion) return *known;
  const bool first = !known && record.created_at == record.updated_at;
  const Mark mark{.champion = record.champion,
                  .labels = first ? 0 : deps_.labels.Count(endpoint),
                  .event_time = first ? std::nullopt : deps_.log.Watermark(endpoint)};
  TRY(deps_.database.RunWrite([&](store::Transaction& transaction) { return WriteMark(transaction, endpoint, mark); }));
  return mark;
}

base::Result<std::optional<Cause>> Occasions::DueCause(const StoredConfig& stored, const Mark& mark) {
  const auto& config = stored.config;
  if (config.new_labels) {
    const auto fresh = deps_.labels.Count(stored.endpoint) - mark.labels;
    if (fresh >= *config.new_labels) {
      return std::optional(
          Cause{.kind = "labels",
                .reason = fmt::format("{} labels have come since {} was trained", fresh, mark.champion.ToString())});
    }
  }
  const auto watermark = deps_.log.Watermark(stored.endpoint);
  auto since = mark.event_time ? mark.event_time : deps_.log.EarliestEvent(stored.endpoint);
  if (!config.every || !watermark || !since) return std::optional<Cause>();
  const auto last =
      TRY(deps_.database.Read([&](store::Reader& reader) { return LoadCycles(reader, stored.endpoint, 1); }));
  if (!last.empty()) since = std::max(*since, last.front().cycle.event_time);
  if (*watermark - *since < *config.every) return std::optional<Cause>();
  return std::optional(
      Cause{.kind = "schedule",
            .reason = fmt::format("{} of event time have passed since {}, when the champion was deployed or last tried",
                                  base::DurationText(*config.every), base::FormatTimestamp(*since))});
}

void Occasions::LogRefusal(const serve::EndpointName& endpoint, std::string_view kind, std::string_view why) {
  deps_.logger.Warn("cycle_refused", {{"endpoint", endpoint.value()}, {"kind", kind}, {"reason", why}});
}

}  // namespace gyre::loop::internal
