#include "pipeline/internal/run_store.h"

#include "base/object_reader.h"

namespace gyre::pipeline::internal {
namespace {

base::Json OutputsToJson(const std::map<std::string, Artifact>& outputs) {
  base::Json json = base::Json::object();
  for (const auto& [name, artifact] : outputs) json[name] = artifact.ToJson();
  return json;
}

base::Result<std::map<std::string, Artifact>> OutputsFromText(std::string_view text) {
  std::map<std::string, Artifact> outputs;
  const auto json = TRY(base::ParseJson(text, "the stored outputs of a step"));
  for (const auto& [name, artifact] : json.items()) outputs.emplace(name, TRY(Artifact::FromJson(artifact)));
  return outputs;
}

std::optional<std::string> ErrorToText(const std::optional<base::Error>& error) {
  if (!error) return std::nullopt;
  return base::DumpJson(
      {{"code", static_cast<int>(error->code())}, {"message", error->message()}, {"name", error->name()}});
}

base::Result<std::optional<base::Error>> ErrorFromRow(const store::Row& row, int column) {
  if (row.IsNull(column)) return std::optional<base::Error>();
  const auto json = TRY(base::ParseJson(row.Text(column), "a stored error"));
  const base::ObjectReader fields(json, "error");
  return std::optional<base::Error>(base::Error(static_cast<base::ErrorCode>(TRY(fields.Int("code"))),
                                                TRY(fields.String("message")), TRY(fields.String("name", ""))));
}

std::optional<int64_t> MicrosOf(const std::optional<base::Timestamp>& time) {
  return time ? std::optional(base::ToMicros(*time)) : std::nullopt;
}

std::optional<base::Timestamp> TimeOf(const store::Row& row, int column) {
  return row.IsNull(column) ? std::nullopt : std::optional(base::FromMicros(row.Int(column)));
}

constexpr std::string_view kRunColumns =
    "id, pipeline, project, snapshot, params, last_step, run_trigger, actor, state, error, created_at, finished_at";

base::Result<RunRecord> RunFromRow(const store::Row& row) {
  RunRecord run;
  run.id = PipelineRunId(row.Text(0));
  run.pipeline = PipelineName(row.Text(1));
  run.project = ProjectName(row.Text(2));
  run.snapshot = SnapshotId(row.Text(3));
  run.params = TRY(base::ParseJson(row.Text(4), "the stored parameters"));
  run.until = row.String(5);
  run.trigger = TRY(base::ParseJson(row.Text(6), "the stored trigger"));
  run.actor = row.String(7);
  run.state = TRY(ParseState(row.Text(8)));
  run.error = TRY(ErrorFromRow(row, 9));
  run.created_at = base::FromMicros(row.Int(10));
  run.finished_at = TimeOf(row, 11);
  return run;
}

base::Result<StepRecord> StepFromRow(const store::Row& row) {
  StepRecord step;
  step.name = row.String(0);
  step.state = TRY(ParseState(row.Text(1)));
  step.cached_from = row.String(2);
  step.cached = !step.cached_from.empty();
  if (!row.IsNull(3))
    step.changed = TRY(base::ParseJson(row.Text(3), "the stored changes")).get<std::vector<std::string>>();
  step.outputs = TRY(OutputsFromText(row.Text(4)));
  step.figures = TRY(base::ParseJson(row.Text(5), "the stored figures"));
  step.error = TRY(ErrorFromRow(row, 6));
  step.log = row.String(7);
  step.started_at = TimeOf(row, 8);
  step.finished_at = TimeOf(row, 9);
  return step;
}

base::Result<void> ReadSteps(store::Reader& reader, RunRecord& run) {
  return reader.Query(
      "SELECT name, state, cached_from, changed, outputs, figures, error, log, started_at, finished_at FROM "
      "pipeline_steps "
      "WHERE run_id = ?1 ORDER BY position",
      [&](const store::Row& row) -> base::Result<void> {
        run.steps.push_back(TRY(StepFromRow(row)));
        return base::Ok();
      },
      run.id.value());
}

base::Result<void> WriteStep(store::Transaction& transaction, const PipelineRunId& run,
                             const RunStore::StepChange& change) {
  const StepRecord& step = *change.step;
  const auto key_parts = change.key_parts != nullptr ? std::optional(base::DumpJson(*change.key_parts)) : std::nullopt;
  TRY(transaction.Execute(
      "UPDATE pipeline_steps SET state = ?3, cached_from = ?4, key_parts = COALESCE(?5, key_parts), changed = ?6, "
      "outputs = ?7, "
      "figures = ?8, error = ?9, log = ?10, started_at = ?11, finished_at = ?12 WHERE run_id = ?1 AND position = ?2",
      run.value(), static_cast<int64_t>(change.position), StateName(step.state), step.cached_from, key_parts,
      base::DumpJson(step.changed), base::DumpJson(OutputsToJson(step.outputs)),
      base::DumpJson(step.figures.is_null() ? base::Json::object() : step.figures), ErrorToText(step.error), step.log,
      MicrosOf(step.started_at), MicrosOf(step.finished_at)));
  return base::Ok();
}

}  // namespace

base::Result<void> RunStore::Insert(const RunRecord& run, bool force) {
  return database_.Write([&](store::Transaction& transaction) -> base::Result<void> {
    TRY(
        transaction.Execute("INSERT INTO pipeline_runs(id, pipeline, project, snapshot, params, last_step, "
                            "run_trigger, actor, force, state, created_at) "
                            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                            run.id.value(), run.pipeline.value(), run.project.value(), run.snapshot.value(),
                            base::DumpJson(run.params), run.until, base::DumpJson(run.trigger), run.actor, force,
                            StateName(run.state), base::ToMicros(run.created_at)));
    for (size_t i = 0; i < run.steps.size(); ++i) {
      TRY(transaction.Execute(
          "INSERT INTO pipeline_steps(run_id, position, name, state, outputs, figures, log) VALUES (?1, ?2, ?3, ?4, "
          "'{}', '{}', '')",
          run.id.value(), static_cast<int64_t>(i), run.steps[i].name, StateName(run.steps[i].state)));
    }
    return transaction.Audit(
        {.actor = run.actor,
         .action = "pipeline_run_created",
         .object_type = "pipeline_run",
         .object_id = run.id.value(),
         .details = {{"pipeline", run.pipeline.value()}, {"trigger", run.trigger}, {"params", run.params}}});
  });
}

base::Result<void> RunStore::SetRunState(const RunRecord& run) {
  return database_.Write([&](store::Transaction& transaction) -> base::Result<void> {
    TRY(transaction.Execute("UPDATE pipeline_runs SET state = ?2, error = ?3, finished_at = ?4 WHERE id = ?1",
                            run.id.value(), StateName(run.state), ErrorToText(run.error), MicrosOf(run.finished_at)));
    if (!IsFinal(run.state)) return base::Ok();
    return transaction.Audit({.actor = run.actor,
                              .action = "pipeline_run_finished",
                              .object_type = "pipeline_run",
                              .object_id = run.id.value(),
                              .details = {{"state", StateName(run.state)}}});
  });
}

base::Result<void> RunStore::SetSteps(const PipelineRunId& run, const std::vector<StepChange>& changes) {
  return database_.Write([&](store::Transaction& transaction) -> base::Result<void> {
    for (const auto& change : changes) TRY(WriteStep(transaction, run, change));
    return base::Ok();
  });
}

base::Result<void> RunStore::FinishStep(const PipelineRunId& run, const StepChange& change,
                                        const std::string& cache_key) {
  return database_.Write([&](store::Transaction& transaction) -> base::Result<void> {
    TRY(WriteStep(transaction, run, change));
    if (cache_key.empty() || change.step->state != State::kSucceeded) return base::Ok();
    TRY(transaction.Execute(
        "INSERT INTO step_cache(cache_key, run_id, outputs, figures, created_at) VALUES (?1, ?2, ?3, ?4, ?5) "
        "ON CONFLICT(cache_key) DO UPDATE SET run_id = ?2, outputs = ?3, figures = ?4, created_at = ?5",
        cache_key, run.value(), base::DumpJson(OutputsToJson(change.step->outputs)),
        base::DumpJson(change.step->figures), base::ToMicros(transaction.Now())));
    return base::Ok();
  });
}

base::Result<std::optional<CachedResult>> RunStore::FindCached(const std::string& cache_key) {
  std::optional<CachedResult> found;
  TRY(database_.Read([&](store::Reader& reader) {
    return reader.Query(
        "SELECT run_id, outputs, figures FROM step_cache WHERE cache_key = ?1",
        [&](const store::Row& row) -> base::Result<void> {
          auto outputs = TRY(OutputsFromText(row.Text(1)));
          auto figures = TRY(base::ParseJson(row.Text(2), "the stored figures"));
          found = CachedResult{row.String(0), std::move(outputs), std::move(figures)};
          return base::Ok();
        },
        cache_key);
  }));
  return found;
}

base::Result<base::Json> RunStore::LastKeyParts(const PipelineName& pipeline, std::string_view step,
                                                const PipelineRunId& except) {
  return database_.Read([&](store::Reader& reader) -> base::Result<base::Json> {
    const auto text = TRY(reader.QueryOne(
        "SELECT s.key_parts FROM pipeline_steps s JOIN pipeline_runs r ON r.id = s.run_id WHERE r.pipeline = ?1 AND "
        "s.name = ?2 "
        "AND r.id <> ?3 AND s.key_parts IS NOT NULL ORDER BY r.created_at DESC LIMIT 1",
        [](const store::Row& row) { return row.String(0); }, pipeline.value(), step, except.value()));
    if (!text) return base::Json(nullptr);
    return base::ParseJson(*text, "a stored cache key");
  });
}

base::Result<RunRecord> RunStore::Get(const PipelineRunId& id) {
  return database_.Read([&](store::Reader& reader) -> base::Result<RunRecord> {
    std::optional<RunRecord> found;
    TRY(reader.Query(
        fmt::format("SELECT {} FROM pipeline_runs WHERE id = ?1", kRunColumns),
        [&](const store::Row& row) -> base::Result<void> {
          found = TRY(RunFromRow(row));
          return base::Ok();
        },
        id.value()));
    if (!found) return base::NotFound(fmt::format("there is no pipeline run '{}'", id.value()), id.value());
    TRY(ReadSteps(reader, *found));
    return std::move(*found);
  });
}

base::Result<bool> RunStore::IsForced(const PipelineRunId& id) {
  return database_.Read([&](store::Reader& reader) -> base::Result<bool> {
    return TRY(reader.QueryOne(
                   "SELECT force FROM pipeline_runs WHERE id = ?1", [](const store::Row& row) { return row.Bool(0); },
                   id.value()))
        .value_or(false);
  });
}

base::Result<std::vector<RunRecord>> RunStore::List(const PipelineName& pipeline, int64_t limit) {
  return database_.Read([&](store::Reader& reader) -> base::Result<std::vector<RunRecord>> {
    std::vector<RunRecord> runs;
    TRY(reader.Query(
        fmt::format("SELECT {} FROM pipeline_runs WHERE ?1 = '' OR pipeline = ?1 ORDER BY created_at DESC, id LIMIT ?2",
                    kRunColumns),
        [&](const store::Row& row) -> base::Result<void> {
          runs.push_back(TRY(RunFromRow(row)));
          return base::Ok();
        },
        pipeline.value(), limit));
    for (auto& run : runs) TRY(ReadSteps(reader, run));
    return runs;
  });
}

base::Result<std::vector<PipelineRunId>> RunStore::Unfinished() {
  return database_.Read([&](store::Reader& reader) -> base::Result<std::vector<PipelineRunId>> {
    std::vector<PipelineRunId> ids;
    TRY(reader.Query("SELECT id FROM pipeline_runs WHERE state IN ('pending', 'running') ORDER BY created_at",
                     [&](const store::Row& row) -> base::Result<void> {
                       ids.emplace_back(row.Text(0));
                       return base::Ok();
                     }));
    return ids;
  });
}

}  // namespace gyre::pipeline::internal
