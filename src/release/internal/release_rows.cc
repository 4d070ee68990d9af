#include "release/internal/release_rows.h"

namespace gyre::release::internal {
namespace {

constexpr std::string_view kCanary =
    "SELECT id, endpoint, champion, candidate, plan, state, started_at, started_event_time, ended_at, verdict, reason, "
    "actor FROM canaries ";

std::optional<base::Timestamp> TimeAt(const store::Row& row, int column) {
  return row.IsNull(column) ? std::nullopt : std::optional(base::FromMicros(row.Int(column)));
}

std::optional<int64_t> MicrosOf(const std::optional<base::Timestamp>& time) {
  return time ? std::optional(base::ToMicros(*time)) : std::nullopt;
}

base::Result<Canary> CanaryFrom(const store::Row& row) {
  Canary canary;
  canary.id = row.String(0);
  canary.endpoint = serve::EndpointName(row.Text(1));
  canary.champion = TRY(registry::VersionRef::Parse(row.Text(2)));
  canary.candidate = TRY(registry::VersionRef::Parse(row.Text(3)));
  canary.plan = TRY(CanaryPlan::FromJson(TRY(base::ParseJson(row.Text(4), "the stored plan")), "plan"));
  canary.state = TRY(ParseCanaryState(row.Text(5)));
  canary.started_at = base::FromMicros(row.Int(6));
  canary.started_event_time = TimeAt(row, 7);
  canary.ended_at = TimeAt(row, 8);
  if (!row.IsNull(9)) canary.verdict = TRY(Verdict::FromJson(TRY(base::ParseJson(row.Text(9), "the stored verdict"))));
  canary.reason = row.String(10);
  canary.actor = row.String(11);
  return canary;
}

template <class... Args>
base::Result<std::vector<Canary>> QueryCanaries(store::Reader& reader, std::string_view where, const Args&... args) {
  std::vector<Canary> canaries;
  TRY(reader.Query(
      fmt::format("{}{}", kCanary, where),
      [&](const store::Row& row) -> base::Result<void> {
        canaries.push_back(TRY(CanaryFrom(row)));
        return base::Ok();
      },
      args...));
  return canaries;
}

base::Result<EndpointRecord> EndpointFrom(const store::Row& row) {
  EndpointRecord made{.name = serve::EndpointName(row.Text(0)),
                      .canary = {},
                      .created_at = base::FromMicros(row.Int(3)),
                      .updated_at = base::FromMicros(row.Int(4))};
  made.champion = TRY(registry::VersionRef::Parse(row.Text(1)));
  made.deployed = TRY(registry::VersionRef::Parse(row.Text(2)));
  return made;
}

/// Of one name, or all if it is empty.
base::Result<std::vector<EndpointRecord>> QueryEndpoints(store::Reader& reader, const std::string& name) {
  std::vector<EndpointRecord> records;
  TRY(reader.Query(
      "SELECT name, champion, deployed, created_at, updated_at FROM endpoints WHERE ?1 = '' OR name = ?1 ORDER BY name",
      [&](const store::Row& row) -> base::Result<void> {
        records.push_back(TRY(EndpointFrom(row)));
        return base::Ok();
      },
      name));
  for (auto& record : records) {
    auto running = TRY(QueryCanaries(reader, "WHERE state = 'running' AND endpoint = ?1", record.name.value()));
    if (!running.empty()) record.canary = std::move(running.front());
  }
  return records;
}

std::string_view AuditAction(CanaryState state) {
  switch (state) {
    case CanaryState::kPromoted:
      return "canary_promoted";
    case CanaryState::kRolledBack:
      return "canary_rolled_back";
    case CanaryState::kHeld:
      return "canary_held";
    default:
      return "canary_aborted";
  }
}

}  // namespace

base::Result<std::optional<EndpointRecord>> FindEndpoint(store::Reader& reader, const serve::EndpointName& name) {
  if (name.empty()) return std::optional<EndpointRecord>();
  auto found = TRY(QueryEndpoints(reader, name.value()));
  if (found.empty()) return std::optional<EndpointRecord>();
  return std::optional(std::move(found.front()));
}

base::Result<EndpointRecord> LoadEndpoint(store::Reader& reader, const serve::EndpointName& name) {
  auto found = TRY(FindEndpoint(reader, name));
  if (found) return std::move(*found);
  return base::NotFound(
      fmt::format(
          "there is no endpoint '{}'; deploy a model version to it, or list the endpoints to see which there are",
          name.value()),
      name.value());
}

base::Result<std::vector<EndpointRecord>> LoadEndpoints(store::Reader& reader) {
  return QueryEndpoints(reader, "");
}

base::Result<Canary> LoadCanary(store::Reader& reader, const std::string& id) {
  auto found = TRY(QueryCanaries(reader, "WHERE id = ?1", id));
  if (found.empty()) return base::NotFound(fmt::format("there is no canary '{}'", id), id);
  return std::move(found.front());
}

base::Result<std::vector<Canary>> LoadCanaries(store::Reader& reader, const serve::EndpointName& endpoint,
                                               int64_t limit) {
  return QueryCanaries(reader, "WHERE ?1 = '' OR endpoint = ?1 ORDER BY number DESC LIMIT ?2", endpoint.value(), limit);
}

base::Result<void> WriteDeployed(store::Transaction& transaction, const serve::EndpointName& name,
                                 const registry::VersionRef& version) {
  TRY(transaction.Execute(
      "INSERT INTO endpoints(name, champion, deployed, created_at, updated_at) VALUES (?1, ?2, ?2, ?3, ?3) "
      "ON CONFLICT(name) DO UPDATE SET champion = excluded.champion, deployed = excluded.deployed, "
      "updated_at = excluded.updated_at",
      name.value(), version.ToString(), base::ToMicros(transaction.Now())));
  return base::Ok();
}

base::Result<void> WritePromoted(store::Transaction& transaction, const serve::EndpointName& name,
                                 const registry::VersionRef& champion) {
  TRY(transaction.Execute("UPDATE endpoints SET champion = ?2, updated_at = ?3 WHERE name = ?1", name.value(),
                          champion.ToString(), base::ToMicros(transaction.Now())));
  return base::Ok();
}

base::Result<void> RemoveEndpoint(store::Transaction& transaction, const serve::EndpointName& name) {
  TRY(transaction.Execute("DELETE FROM endpoints WHERE name = ?1", name.value()));
  return base::Ok();
}

base::Result<void> InsertCanary(store::Transaction& transaction, const Canary& canary) {
  TRY(transaction.Execute(
      "INSERT INTO canaries(number, id, endpoint, champion, candidate, plan, state, started_at, started_event_time, "
      "reason, actor) VALUES ((SELECT COALESCE(MAX(number), 0) + 1 FROM canaries), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
      "'', ?9)",
      canary.id, canary.endpoint.value(), canary.champion.ToString(), canary.candidate.ToString(),
      base::DumpJson(canary.plan.ToJson()), CanaryStateName(canary.state), base::ToMicros(canary.started_at),
      MicrosOf(canary.started_event_time), canary.actor));
  return transaction.Audit({.actor = canary.actor,
                            .action = "canary_started",
                            .object_type = "canary",
                            .object_id = canary.id,
                            .details = {{"endpoint", canary.endpoint.value()},
                                        {"champion", canary.champion.ToString()},
                                        {"candidate", canary.candidate.ToString()},
                                        {"plan", canary.plan.ToJson()}}});
}

base::Error EndedAlready(const Canary& canary) {
  return base::FailedPrecondition(
      fmt::format("canary {} has ended already: it was {}", canary.id, CanaryStateName(canary.state)), canary.id);
}

base::Result<void> WriteEnd(store::Transaction& transaction, const Canary& ended, std::string_view actor) {
  const auto verdict =
      ended.verdict ? std::optional(base::DumpJson(ended.verdict->ToJson())) : std::optional<std::string>();
  const auto changed = TRY(transaction.Execute(
      "UPDATE canaries SET state = ?2, ended_at = ?3, verdict = ?4, reason = ?5 WHERE id = ?1 AND state = 'running'",
      ended.id, CanaryStateName(ended.state), MicrosOf(ended.ended_at), verdict, ended.reason));
  if (changed == 0) return EndedAlready(TRY(LoadCanary(transaction, ended.id)));
  return transaction.Audit({.actor = std::string(actor),
                            .action = std::string(AuditAction(ended.state)),
                            .object_type = "canary",
                            .object_id = ended.id,
                            .details = {{"endpoint", ended.endpoint.value()},
                                        {"champion", ended.champion.ToString()},
                                        {"candidate", ended.candidate.ToString()},
                                        {"verdict", ended.verdict ? ended.verdict->ToJson() : base::Json()},
                                        {"reason", ended.reason}}});
}

}  // namespace gyre::release::internal
