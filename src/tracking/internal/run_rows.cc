#include "tracking/internal/run_rows.h"

#include "tracking/internal/artifact_uri.h"
#include "tracking/internal/checks.h"
#include "tracking/internal/experiment_rows.h"
#include "tracking/internal/run_name.h"

namespace gyre::tracking::internal {
namespace {

struct Located {
  RunKey key;
  LifecycleStage stage = LifecycleStage::kActive;
};

base::Result<Located> Locate(store::Reader& reader, const RunId& id) {
  const auto found = TRY(reader.QueryOne(
      "SELECT number, experiment, series_count, deleted_at FROM runs WHERE id = ?1",
      [](const store::Row& row) {
        return Located{.key = {.number = row.Int(0), .experiment = row.Int(1), .series_count = row.Int(2)},
                       .stage = row.IsNull(3) ? LifecycleStage::kActive : LifecycleStage::kDeleted};
      },
      id.value()));
  if (!found) return RunNotFound(id);
  return *found;
}

std::string NameOf(store::Transaction& transaction, const NewRun& run) {
  if (!run.name.empty()) return run.name;
  const auto tag = run.tags.find(std::string(kRunNameTag));
  if (tag != run.tags.end() && !tag->second.empty()) return tag->second;
  return MakeRunName(transaction.NewId());
}

base::Result<int64_t> NextNumber(store::Reader& reader) {
  // A number whose data is not swept away yet must not come back.
  const auto next =
      TRY(reader.QueryOne("SELECT COALESCE(MAX(number), 0) + 1 FROM (SELECT MAX(number) AS number FROM runs UNION ALL "
                          "SELECT MAX(run) AS number FROM purged_runs) AS numbers",
                          [](const store::Row& row) { return row.Int(0); }));
  return next.value_or(1);
}

/// The run as it will be, before anything is written.
base::Result<Run> Build(store::Transaction& transaction, const NewRun& wanted) {
  const ExperimentId id = wanted.experiment.empty() ? ExperimentId(kDefaultExperimentId) : wanted.experiment;
  const auto experiment = TRY(GetActiveExperiment(transaction, id));
  Run run{.id = wanted.id.empty() ? RunId(transaction.NewId()) : wanted.id,
          .experiment = id,
          .name = NameOf(transaction, wanted),
          .user = wanted.user,
          .started_at = wanted.started_at.value_or(transaction.Now()),
          .ended_at = {},
          .params = wanted.params,
          .tags = wanted.tags,
          .metrics = {}};
  run.artifact_uri = RunArtifactUri(experiment.artifact_location, run.id.value());
  run.tags[std::string(kRunNameTag)] = run.name;
  return run;
}

base::Result<void> Audit(store::Transaction& transaction, std::string_view actor, std::string_view action,
                         const RunId& id, base::Json details) {
  return transaction.Audit({.actor = std::string(actor),
                            .action = std::string(action),
                            .object_type = "run",
                            .object_id = id.value(),
                            .details = std::move(details)});
}

std::vector<std::pair<std::string, std::string>> Pairs(const std::map<std::string, std::string>& texts) {
  return {texts.begin(), texts.end()};
}

}  // namespace

base::Error RunNotFound(const RunId& id) {
  return base::NotFound(fmt::format("Run with id={} not found; list the runs of its experiment to see which there are",
                                    Shortened(id.value())),
                        id.value());
}

base::Result<RunKey> FindActiveRun(store::Reader& reader, const RunId& id) {
  const auto located = TRY(Locate(reader, id));
  if (located.stage == LifecycleStage::kActive) return located.key;
  return base::FailedPrecondition(
      fmt::format("The run {} must be in the 'active' state. Current state is deleted; restore it first.", id.value()),
      id.value());
}

base::Result<int64_t> FindRun(store::Reader& reader, const RunId& id) {
  return TRY(Locate(reader, id)).key.number;
}

base::Result<Run> InsertRun(store::Transaction& transaction, const NewRun& wanted, std::string_view actor) {
  Run run = TRY(Build(transaction, wanted));
  const int64_t number = TRY(NextNumber(transaction));
  TRY(
      transaction.Execute("INSERT INTO runs(number, id, experiment, name, user_id, status, started_at, series_count, "
                          "artifact_uri) VALUES (?1, ?2, ?3, ?4, ?5, 'RUNNING', ?6, 0, ?7)",
                          number, run.id.value(), TRY(ExperimentNumber(run.experiment)), run.name, run.user,
                          base::ToMicros(run.started_at), run.artifact_uri));
  TRY(WriteParams(transaction, run.id, number, Pairs(run.params)));
  for (const auto& [key, value] : run.tags) {
    TRY(transaction.Execute("INSERT INTO run_tags(run, key, value) VALUES (?1, ?2, ?3)", number, key, value));
  }
  TRY(Audit(transaction, actor, "run_created", run.id,
            {{"experiment", run.experiment.value()}, {"name", run.name}, {"user", run.user}}));
  return run;
}

base::Result<void> ChangeRun(store::Transaction& transaction, const RunId& id, const RunUpdate& update,
                             std::string_view actor) {
  const auto run = TRY(FindActiveRun(transaction, id));
  base::Json details = base::Json::object();
  if (update.status) {
    TRY(transaction.Execute("UPDATE runs SET status = ?2 WHERE number = ?1", run.number,
                            RunStatusName(*update.status)));
    details["status"] = RunStatusName(*update.status);
  }
  if (update.ended_at) {
    TRY(transaction.Execute("UPDATE runs SET ended_at = ?2 WHERE number = ?1", run.number,
                            base::ToMicros(*update.ended_at)));
    details["ended_at"] = base::FormatTimestamp(*update.ended_at);
  }
  if (update.name && !update.name->empty()) {
    const std::array<std::pair<std::string, std::string>, 1> tag = {{{std::string(kRunNameTag), *update.name}}};
    TRY(WriteTags(transaction, run.number, tag));
    details["name"] = *update.name;
  }
  if (details.empty()) return base::Ok();
  const bool ends = update.status && update.status != RunStatus::kRunning && update.status != RunStatus::kScheduled;
  return Audit(transaction, actor, ends ? "run_ended" : "run_updated", id, std::move(details));
}

base::Result<void> MoveRun(store::Transaction& transaction, const RunId& id, LifecycleStage stage,
                           std::string_view actor) {
  const auto located = TRY(Locate(transaction, id));
  if (located.stage == stage) return base::Ok();
  const bool deletes = stage == LifecycleStage::kDeleted;
  const auto deleted_at = deletes ? std::optional(base::ToMicros(transaction.Now())) : std::nullopt;
  TRY(transaction.Execute("UPDATE runs SET deleted_at = ?2 WHERE number = ?1", located.key.number, deleted_at));
  return Audit(transaction, actor, deletes ? "run_deleted" : "run_restored", id, base::Json::object());
}

base::Result<void> WriteParams(store::Transaction& transaction, const RunId& id, int64_t run,
                               std::span<const std::pair<std::string, std::string>> params) {
  for (const auto& [key, value] : params) {
    const auto added = TRY(transaction.Execute(
        "INSERT INTO run_params(run, key, value) VALUES (?1, ?2, ?3) ON CONFLICT(run, key) DO NOTHING", run, key,
        value));
    if (added != 0) continue;
    const auto before = TRY(transaction.QueryOne(
        "SELECT value FROM run_params WHERE run = ?1 AND key = ?2", [](const store::Row& row) { return row.String(0); },
        run, key));
    if (before == value) continue;
    return base::FailedPrecondition(
        fmt::format("Changing param values is not allowed. Param with key={} was already logged with value={} for run "
                    "ID='{}'. Attempted logging new value {}; log it under another key, or start a new run.",
                    Quoted(key), Quoted(before.value_or("")), id.value(), Quoted(value)),
        key);
  }
  return base::Ok();
}

base::Result<void> WriteTags(store::Transaction& transaction, int64_t run,
                             std::span<const std::pair<std::string, std::string>> tags) {
  for (const auto& [key, value] : tags) {
    if (key == kRunNameTag && value.empty()) continue;  // a run always has a name
    TRY(
        transaction.Execute("INSERT INTO run_tags(run, key, value) VALUES (?1, ?2, ?3) "
                            "ON CONFLICT(run, key) DO UPDATE SET value = excluded.value",
                            run, key, value));
    if (key == kRunNameTag) TRY(transaction.Execute("UPDATE runs SET name = ?2 WHERE number = ?1", run, value));
  }
  return base::Ok();
}

base::Result<void> RemoveTag(store::Transaction& transaction, const RunId& id, std::string_view key) {
  const auto run = TRY(FindActiveRun(transaction, id));
  const auto removed = TRY(transaction.Execute("DELETE FROM run_tags WHERE run = ?1 AND key = ?2", run.number, key));
  if (removed != 0) return base::Ok();
  return base::NotFound(fmt::format("No tag with name: {} in run with id {}", key, id.value()), std::string(key));
}

}  // namespace gyre::tracking::internal
