#include "loop/internal/loop_rows.h"

namespace gyre::loop::internal {
namespace {

constexpr std::string_view kActor = "loop";
constexpr std::string_view kCycle =
    "SELECT id, endpoint, config, cause, state, started_at, event_time, champion, labels, pipeline_run, candidate, "
    "canary, outcome, ended_at FROM loop_cycles ";

base::Result<LoopConfig> ConfigFrom(std::string_view text) {
  return LoopConfig::FromJson(TRY(base::ParseJson(text, "a stored loop")), "loop");
}

base::Result<StoredCycle> CycleFrom(const store::Row& row) {
  StoredCycle stored;
  stored.config = TRY(ConfigFrom(row.Text(2)));
  Cycle& cycle = stored.cycle;
  cycle.id = row.String(0);
  cycle.endpoint = serve::EndpointName(row.Text(1));
  cycle.trigger = TRY(base::ParseJson(row.Text(3), "a stored trigger"));
  cycle.state = TRY(ParseCycleState(row.Text(4)));
  cycle.started_at = base::FromMicros(row.Int(5));
  cycle.event_time = base::FromMicros(row.Int(6));
  cycle.champion = TRY(registry::VersionRef::Parse(row.Text(7)));
  cycle.labels = row.Int(8);
  cycle.pipeline_run = row.String(9);
  cycle.candidate = row.String(10);
  cycle.canary = row.String(11);
  cycle.outcome = row.String(12);
  if (!row.IsNull(13)) cycle.ended_at = base::FromMicros(row.Int(13));
  return stored;
}

template <class... Args>
base::Result<std::vector<StoredCycle>> QueryCycles(store::Reader& reader, std::string_view where, const Args&... args) {
  std::vector<StoredCycle> cycles;
  TRY(reader.Query(
      fmt::format("{}{}", kCycle, where),
      [&](const store::Row& row) -> base::Result<void> {
        cycles.push_back(TRY(CycleFrom(row)));
        return base::Ok();
      },
      args...));
  return cycles;
}

/// Of one endpoint, or all if it is empty.
base::Result<std::vector<StoredConfig>> QueryConfigs(store::Reader& reader, const std::string& endpoint) {
  std::vector<StoredConfig> configs;
  TRY(reader.Query(
      "SELECT endpoint, config, alarms_seen FROM loop_configs WHERE ?1 = '' OR endpoint = ?1 ORDER BY endpoint",
      [&](const store::Row& row) -> base::Result<void> {
        auto config = TRY(ConfigFrom(row.Text(1)));
        configs.push_back({.endpoint = serve::EndpointName(row.Text(0)),
                           .config = std::move(config),
                           .alarms_seen = base::FromMicros(row.Int(2))});
        return base::Ok();
      },
      endpoint));
  return configs;
}

}  // namespace

base::Result<std::optional<StoredConfig>> FindConfig(store::Reader& reader, const serve::EndpointName& endpoint) {
  if (endpoint.empty()) return std::optional<StoredConfig>();
  auto found = TRY(QueryConfigs(reader, endpoint.value()));
  if (found.empty()) return std::optional<StoredConfig>();
  return std::optional(std::move(found.front()));
}

base::Result<std::vector<StoredConfig>> LoadConfigs(store::Reader& reader) {
  return QueryConfigs(reader, "");
}

base::Result<void> WriteConfig(store::Transaction& transaction, const serve::EndpointName& endpoint,
                               const std::optional<LoopConfig>& config, std::string_view actor) {
  const auto before = TRY(FindConfig(transaction, endpoint));
  const auto old_json = before ? before->config.ToJson() : base::Json();
  const auto new_json = config ? config->ToJson() : base::Json();
  if (old_json == new_json) return base::Ok();
  if (config) {
    TRY(transaction.Execute(
        "INSERT INTO loop_configs(endpoint, config, alarms_seen, updated_at) VALUES (?1, ?2, ?3, ?3) "
        "ON CONFLICT(endpoint) DO UPDATE SET config = excluded.config, updated_at = excluded.updated_at",
        endpoint.value(), base::DumpJson(new_json), base::ToMicros(transaction.Now())));
  } else {
    TRY(transaction.Execute("DELETE FROM loop_configs WHERE endpoint = ?1", endpoint.value()));
  }
  return transaction.Audit({.actor = std::string(actor),
                            .action = "loop_configured",
                            .object_type = "endpoint",
                            .object_id = endpoint.value(),
                            .details = {{"from", old_json}, {"to", new_json}}});
}

base::Result<void> WriteAlarmsSeen(store::Transaction& transaction, const serve::EndpointName& endpoint,
                                   base::Timestamp raised_at) {
  TRY(transaction.Execute("UPDATE loop_configs SET alarms_seen = ?2 WHERE endpoint = ?1 AND alarms_seen < ?2",
                          endpoint.value(), base::ToMicros(raised_at)));
  return base::Ok();
}

base::Result<StoredCycle> LoadCycle(store::Reader& reader, const std::string& id) {
  auto found = TRY(QueryCycles(reader, "WHERE id = ?1", id));
  if (found.empty()) return base::NotFound(fmt::format("there is no cycle '{}'", id), id);
  return std::move(found.front());
}

base::Result<std::vector<StoredCycle>> LoadCycles(store::Reader& reader, const serve::EndpointName& endpoint,
                                                  int64_t limit) {
  return QueryCycles(reader, "WHERE ?1 = '' OR endpoint = ?1 ORDER BY number DESC LIMIT ?2", endpoint.value(), limit);
}

base::Result<std::vector<StoredCycle>> LoadOpenCycles(store::Reader& reader) {
  return QueryCycles(reader, "WHERE ended_at IS NULL ORDER BY number");
}

base::Result<void> InsertCycle(store::Transaction& transaction, const StoredCycle& stored, std::string_view actor) {
  const Cycle& cycle = stored.cycle;
  TRY(transaction.Execute(
      "INSERT INTO loop_cycles(number, id, endpoint, config, cause, state, started_at, event_time, champion, labels, "
      "pipeline_run, candidate, canary, outcome) VALUES ((SELECT COALESCE(MAX(number), 0) + 1 FROM loop_cycles), ?1, "
      "?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '', '', '', '')",
      cycle.id, cycle.endpoint.value(), base::DumpJson(stored.config.ToJson()), base::DumpJson(cycle.trigger),
      CycleStateName(cycle.state), base::ToMicros(cycle.started_at), base::ToMicros(cycle.event_time),
      cycle.champion.ToString(), cycle.labels));
  return transaction.Audit({.actor = std::string(actor),
                            .action = "cycle_began",
                            .object_type = "cycle",
                            .object_id = cycle.id,
                            .details = {{"endpoint", cycle.endpoint.value()}, {"trigger", cycle.trigger}}});
}

base::Result<void> UpdateCycle(store::Transaction& transaction, const Cycle& cycle, std::string_view action) {
  const auto ended = cycle.ended_at ? std::optional(base::ToMicros(*cycle.ended_at)) : std::optional<int64_t>();
  TRY(transaction.Execute(
      "UPDATE loop_cycles SET state = ?2, pipeline_run = ?3, candidate = ?4, canary = ?5, outcome = ?6, ended_at = ?7 "
      "WHERE id = ?1",
      cycle.id, CycleStateName(cycle.state), cycle.pipeline_run, cycle.candidate, cycle.canary, cycle.outcome, ended));
  return transaction.Audit({.actor = std::string(kActor),
                            .action = std::string(action),
                            .object_type = "cycle",
                            .object_id = cycle.id,
                            .details = {{"state", CycleStateName(cycle.state)},
                                        {"pipeline_run", cycle.pipeline_run},
                                        {"candidate", cycle.candidate},
                                        {"canary", cycle.canary},
                                        {"outcome", cycle.outcome}}});
}

base::Result<std::optional<Mark>> FindMark(store::Reader& reader, const serve::EndpointName& endpoint) {
  std::optional<Mark> mark;
  TRY(reader.Query(
      "SELECT champion, labels, event_time FROM loop_marks WHERE endpoint = ?1",
      [&](const store::Row& row) -> base::Result<void> {
        mark = Mark{.champion = TRY(registry::VersionRef::Parse(row.Text(0))), .labels = row.Int(1)};
        if (!row.IsNull(2)) mark->event_time = base::FromMicros(row.Int(2));
        return base::Ok();
      },
      endpoint.value()));
  return mark;
}

base::Result<void> WriteMark(store::Transaction& transaction, const serve::EndpointName& endpoint, const Mark& mark) {
  const auto event_time = mark.event_time ? std::optional(base::ToMicros(*mark.event_time)) : std::optional<int64_t>();
  TRY(transaction.Execute(
      "INSERT INTO loop_marks(endpoint, champion, labels, event_time) VALUES (?1, ?2, ?3, ?4) ON CONFLICT(endpoint) DO "
      "UPDATE SET champion = excluded.champion, labels = excluded.labels, event_time = excluded.event_time",
      endpoint.value(), mark.champion.ToString(), mark.labels, event_time));
  return base::Ok();
}

base::Result<void> ForgetEndpoint(store::Transaction& transaction, const serve::EndpointName& endpoint) {
  TRY(transaction.Execute("DELETE FROM loop_cycles WHERE endpoint = ?1", endpoint.value()));
  TRY(transaction.Execute("DELETE FROM loop_marks WHERE endpoint = ?1", endpoint.value()));
  return WriteAlarmsSeen(transaction, endpoint, transaction.Now());
}

}  // namespace gyre::loop::internal
