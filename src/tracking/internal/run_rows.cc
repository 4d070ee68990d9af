#include "tracking/internal/run_rows.h"

#include "tracking/internal/checks.h"
#include "tracking/internal/experiment_rows.h"
#include "tracking/internal/metric_rows.h"
#include "tracking/internal/run_name.h"

namespace gyre::tracking::internal {
namespace {

struct Located {
  RunKey key;
  LifecycleStage stage = LifecycleStage::kActive;
};

base::Error NotFound(const RunId& id) {
  return base::NotFound(fmt::format("run with id {} not found; list the runs of its experiment to see which there are",
                                    Quoted(id.value())),
                        id.value());
}

base::Result<Located> Locate(store::Reader& reader, const RunId& id) {
  const auto found = TRY(reader.QueryOne(
      "SELECT number, series_count, deleted_at FROM runs WHERE id = ?1",
      [](const store::Row& row) {
        return Located{.key = {.number = row.Int(0), .series_count = row.Int(1)},
                       .stage = row.IsNull(2) ? LifecycleStage::kActive : LifecycleStage::kDeleted};
      },
      id.value()));
  if (!found) return NotFound(id);
  return *found;
}

/// A statement that yields the numbers of some runs, and its parameters.
struct Selection {
  std::string_view sql;
  std::span<const store::Value> values;
};

/// The selected runs under construction, by their numbers.
struct Loading {
  std::vector<Run> runs;
  std::unordered_map<int64_t, size_t> places;

  Run& At(int64_t number) { return runs[places.at(number)]; }
};

base::Result<void> LoadInfo(store::Reader& reader, const Selection& selection, Loading& loading) {
  const auto sql = fmt::format(
      "SELECT number, id, experiment, name, user_id, status, started_at, ended_at, deleted_at FROM runs "
      "WHERE number IN ({}) ORDER BY started_at DESC, id",
      selection.sql);
  return reader.RunQuery(sql, selection.values, [&](const store::Row& row) -> base::Result<void> {
    Run run{.id = RunId(row.Text(1)),
            .experiment = ExperimentId(std::to_string(row.Int(2))),
            .name = row.String(3),
            .user = row.String(4),
            .stage = row.IsNull(8) ? LifecycleStage::kActive : LifecycleStage::kDeleted,
            .started_at = base::FromMicros(row.Int(6)),
            .ended_at = {},
            .params = {},
            .tags = {},
            .metrics = {}};
    run.status = TRY(ParseRunStatus(row.Text(5)));
    if (!row.IsNull(7)) run.ended_at = base::FromMicros(row.Int(7));
    loading.places.emplace(row.Int(0), loading.runs.size());
    loading.runs.push_back(std::move(run));
    return base::Ok();
  });
}

base::Result<void> LoadTexts(store::Reader& reader, const Selection& selection, std::string_view table,
                             std::map<std::string, std::string> Run::* texts, Loading& loading) {
  const auto sql = fmt::format("SELECT run, key, value FROM {} WHERE run IN ({})", table, selection.sql);
  return reader.RunQuery(sql, selection.values, [&](const store::Row& row) -> base::Result<void> {
    (loading.At(row.Int(0)).*texts).emplace(row.String(1), row.String(2));
    return base::Ok();
  });
}

base::Result<void> LoadLatestMetrics(store::Reader& reader, const Selection& selection, Loading& loading) {
  const auto sql = fmt::format(
      "SELECT run, key, step, time, value, is_nan FROM run_metrics WHERE run IN ({}) ORDER BY run, key", selection.sql);
  return reader.RunQuery(sql, selection.values, [&](const store::Row& row) -> base::Result<void> {
    loading.At(row.Int(0))
        .metrics.push_back({.key = row.String(1),
                            .value = ReadValue(row, 4),
                            .time = base::FromMicros(row.Int(3)),
                            .step = row.Int(2)});
    return base::Ok();
  });
}

base::Result<std::vector<Run>> Load(store::Reader& reader, const Selection& selection) {
  Loading loading;
  TRY(LoadInfo(reader, selection, loading));
  TRY(LoadTexts(reader, selection, "run_params", &Run::params, loading));
  TRY(LoadTexts(reader, selection, "run_tags", &Run::tags, loading));
  TRY(LoadLatestMetrics(reader, selection, loading));
  return std::move(loading.runs);
}

std::string NameOf(store::Transaction& transaction, const NewRun& run) {
  if (!run.name.empty()) return run.name;
  const auto tag = run.tags.find(std::string(kRunNameTag));
  if (tag != run.tags.end() && !tag->second.empty()) return tag->second;
  return MakeRunName(transaction.NewId());
}

std::vector<std::pair<std::string, std::string>> Pairs(const std::map<std::string, std::string>& texts) {
  return {texts.begin(), texts.end()};
}

}  // namespace

base::Result<RunKey> FindActiveRun(store::Reader& reader, const RunId& id) {
  const auto located = TRY(Locate(reader, id));
  if (located.stage == LifecycleStage::kActive) return located.key;
  return base::FailedPrecondition(
      fmt::format("the run {} is deleted and must be in the 'active' state; restore it first", id.value()), id.value());
}

base::Result<int64_t> FindRun(store::Reader& reader, const RunId& id) {
  return TRY(Locate(reader, id)).key.number;
}

base::Result<Run> LoadRun(store::Reader& reader, const RunId& id) {
  const std::array<store::Value, 1> values = {store::ToValue(id.value())};
  auto runs = TRY(Load(reader, {.sql = "SELECT number FROM runs WHERE id = ?1", .values = values}));
  if (runs.empty()) return NotFound(id);
  return std::move(runs.front());
}

base::Result<std::vector<Run>> LoadRuns(store::Reader& reader, const ExperimentId& experiment, int64_t limit,
                                        int64_t offset) {
  const int64_t number = TRY(ExperimentNumber(experiment));
  const std::array<store::Value, 3> values = {number, limit, offset};
  return Load(reader, {.sql = "SELECT number FROM runs WHERE experiment = ?1 AND deleted_at IS NULL "
                              "ORDER BY started_at DESC, id LIMIT ?2 OFFSET ?3",
                       .values = values});
}

base::Result<Run> InsertRun(store::Transaction& transaction, const NewRun& run, std::string_view actor) {
  const ExperimentId experiment = run.experiment.empty() ? ExperimentId(kDefaultExperimentId) : run.experiment;
  TRY(GetActiveExperiment(transaction, experiment));
  const auto next = TRY(transaction.QueryOne("SELECT COALESCE(MAX(number), 0) + 1 FROM runs",
                                             [](const store::Row& row) { return row.Int(0); }));
  const int64_t number = next.value_or(1);
  const RunId id = run.id.empty() ? RunId(transaction.NewId()) : run.id;
  const std::string name = NameOf(transaction, run);
  TRY(
      transaction.Execute("INSERT INTO runs(number, id, experiment, name, user_id, status, started_at, series_count) "
                          "VALUES (?1, ?2, ?3, ?4, ?5, 'RUNNING', ?6, 0)",
                          number, id.value(), TRY(ExperimentNumber(experiment)), name, run.user,
                          base::ToMicros(run.started_at.value_or(transaction.Now()))));
  auto tags = run.tags;
  tags[std::string(kRunNameTag)] = name;
  TRY(WriteParams(transaction, id, number, Pairs(run.params)));
  TRY(WriteTags(transaction, number, Pairs(tags)));
  TRY(transaction.Audit({.actor = std::string(actor),
                         .action = "run_created",
                         .object_type = "run",
                         .object_id = id.value(),
                         .details = {{"experiment", experiment.value()}, {"name", name}, {"user", run.user}}}));
  return LoadRun(transaction, id);
}

base::Result<void> FinishRun(store::Transaction& transaction, const RunId& id, RunStatus status, base::Timestamp at,
                             std::string_view actor) {
  const auto run = TRY(FindActiveRun(transaction, id));
  TRY(transaction.Execute("UPDATE runs SET status = ?2, ended_at = ?3 WHERE number = ?1", run.number,
                          RunStatusName(status), base::ToMicros(at)));
  return transaction.Audit({.actor = std::string(actor),
                            .action = "run_ended",
                            .object_type = "run",
                            .object_id = id.value(),
                            .details = {{"status", RunStatusName(status)}, {"ended_at", base::FormatTimestamp(at)}}});
}

base::Result<void> MoveRun(store::Transaction& transaction, const RunId& id, LifecycleStage stage,
                           std::string_view actor) {
  const auto located = TRY(Locate(transaction, id));
  if (located.stage == stage) {
    return base::FailedPrecondition(
        fmt::format("the run {} is {} already; nothing is to do", id.value(), LifecycleStageName(stage)), id.value());
  }
  const bool deletes = stage == LifecycleStage::kDeleted;
  const auto deleted_at = deletes ? std::optional(base::ToMicros(transaction.Now())) : std::nullopt;
  TRY(transaction.Execute("UPDATE runs SET deleted_at = ?2 WHERE number = ?1", located.key.number, deleted_at));
  return transaction.Audit({.actor = std::string(actor),
                            .action = deletes ? "run_deleted" : "run_restored",
                            .object_type = "run",
                            .object_id = id.value(),
                            .details = base::Json::object()});
}

base::Result<void> WriteParams(store::Transaction& transaction, const RunId& id, int64_t run,
                               std::span<const std::pair<std::string, std::string>> params) {
  for (const auto& [key, value] : params) {
    const auto before = TRY(transaction.QueryOne(
        "SELECT value FROM run_params WHERE run = ?1 AND key = ?2", [](const store::Row& row) { return row.String(0); },
        run, key));
    if (before && *before != value) {
      return base::FailedPrecondition(
          fmt::format("changing param values is not allowed: param {} of run {} is {} and was sent as {}; log it under "
                      "another key, or start a new run",
                      Quoted(key), id.value(), Quoted(*before), Quoted(value)),
          key);
    }
    if (!before) {
      TRY(transaction.Execute("INSERT INTO run_params(run, key, value) VALUES (?1, ?2, ?3)", run, key, value));
    }
  }
  return base::Ok();
}

base::Result<void> WriteTags(store::Transaction& transaction, int64_t run,
                             std::span<const std::pair<std::string, std::string>> tags) {
  for (const auto& [key, value] : tags) {
    TRY(
        transaction.Execute("INSERT INTO run_tags(run, key, value) VALUES (?1, ?2, ?3) "
                            "ON CONFLICT(run, key) DO UPDATE SET value = excluded.value",
                            run, key, value));
    if (key == kRunNameTag) TRY(transaction.Execute("UPDATE runs SET name = ?2 WHERE number = ?1", run, value));
  }
  return base::Ok();
}

}  // namespace gyre::tracking::internal
