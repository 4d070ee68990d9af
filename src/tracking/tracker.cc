#include "tracking/tracker.h"

#include "tracking/internal/checks.h"
#include "tracking/internal/experiment_rows.h"
#include "tracking/internal/metric_rows.h"
#include "tracking/internal/run_rows.h"
#include "tracking/internal/schema.h"

namespace gyre::tracking {
namespace {

base::Result<void> CheckAtLeast(std::string_view field, int64_t value, int64_t minimum) {
  if (value >= minimum) return base::Ok();
  return base::InvalidArgument(fmt::format("{} is {} and must be at least {}", field, value, minimum),
                               std::string(field));
}

}  // namespace

base::Result<std::unique_ptr<Tracker>> Tracker::Open(store::Database& database) {
  TRY(database.Migrate(internal::kMigrations));
  TRY(database.Write(internal::EnsureDefaultExperiment));
  return std::unique_ptr<Tracker>(new Tracker(database));
}

base::Result<Experiment> Tracker::CreateExperiment(std::string_view name,
                                                   const std::map<std::string, std::string>& tags,
                                                   std::string_view actor) {
  TRY(internal::CheckExperimentName(name));
  TRY(internal::CheckExperimentTags(tags));
  return database_.Write(
      [&](store::Transaction& transaction) { return internal::InsertExperiment(transaction, name, tags, actor); });
}

base::Result<Experiment> Tracker::GetExperiment(const ExperimentId& id) {
  return database_.Read([&](store::Reader& reader) { return internal::GetExperimentById(reader, id); });
}

base::Result<std::optional<Experiment>> Tracker::FindExperiment(std::string_view name) {
  return database_.Read([&](store::Reader& reader) { return internal::FindExperimentByName(reader, name); });
}

base::Result<Experiment> Tracker::EnsureExperiment(std::string_view name, std::string_view actor) {
  TRY(internal::CheckExperimentName(name));
  return database_.Write([&](store::Transaction& transaction) -> base::Result<Experiment> {
    const auto found = TRY(internal::FindExperimentByName(transaction, name));
    if (found) return internal::GetActiveExperiment(transaction, found->id);
    return internal::InsertExperiment(transaction, name, {}, actor);
  });
}

base::Result<std::vector<Experiment>> Tracker::ListExperiments() {
  return database_.Read([](store::Reader& reader) { return internal::ActiveExperiments(reader); });
}

base::Result<void> Tracker::DeleteExperiment(const ExperimentId& id, std::string_view actor) {
  return database_.RunWrite([&](store::Transaction& transaction) {
    return internal::MoveExperiment(transaction, id, LifecycleStage::kDeleted, actor);
  });
}

base::Result<void> Tracker::RestoreExperiment(const ExperimentId& id, std::string_view actor) {
  return database_.RunWrite([&](store::Transaction& transaction) {
    return internal::MoveExperiment(transaction, id, LifecycleStage::kActive, actor);
  });
}

base::Result<Run> Tracker::CreateRun(const NewRun& run, std::string_view actor) {
  TRY(internal::CheckNewRun(run));
  return database_.Write([&](store::Transaction& transaction) { return internal::InsertRun(transaction, run, actor); });
}

base::Result<Run> Tracker::GetRun(const RunId& id) {
  return database_.Read([&](store::Reader& reader) { return internal::LoadRun(reader, id); });
}

base::Result<void> Tracker::Log(const RunId& id, const LogBatch& batch) {
  TRY(internal::CheckBatch(batch));
  return database_.RunWrite([&](store::Transaction& transaction) -> base::Result<void> {
    const auto run = TRY(internal::FindActiveRun(transaction, id));
    TRY(internal::WriteParams(transaction, id, run.number, batch.params));
    TRY(internal::WriteTags(transaction, run.number, batch.tags));
    return internal::WriteMetrics(transaction, run, batch.metrics);
  });
}

base::Result<void> Tracker::EndRun(const RunId& id, RunStatus status, base::Timestamp at, std::string_view actor) {
  if (status == RunStatus::kRunning || status == RunStatus::kScheduled) {
    return base::InvalidArgument(
        fmt::format("a run cannot end as {}; use FINISHED, FAILED or KILLED", RunStatusName(status)), "status");
  }
  return database_.RunWrite(
      [&](store::Transaction& transaction) { return internal::FinishRun(transaction, id, status, at, actor); });
}

base::Result<void> Tracker::DeleteRun(const RunId& id, std::string_view actor) {
  return database_.RunWrite([&](store::Transaction& transaction) {
    return internal::MoveRun(transaction, id, LifecycleStage::kDeleted, actor);
  });
}

base::Result<void> Tracker::RestoreRun(const RunId& id, std::string_view actor) {
  return database_.RunWrite([&](store::Transaction& transaction) {
    return internal::MoveRun(transaction, id, LifecycleStage::kActive, actor);
  });
}

base::Result<std::vector<Run>> Tracker::ListRuns(const ExperimentId& experiment, int64_t limit, int64_t offset) {
  TRY(CheckAtLeast("limit", limit, 1));
  TRY(CheckAtLeast("offset", offset, 0));
  if (limit > Limits::kRunsPerPage) {
    return base::InvalidArgument(
        fmt::format("limit is {} and must be at most {}; use offset for more", limit, Limits::kRunsPerPage), "limit");
  }
  return database_.Read([&](store::Reader& reader) -> base::Result<std::vector<Run>> {
    TRY(internal::GetExperimentById(reader, experiment));
    return internal::LoadRuns(reader, experiment, limit, offset);
  });
}

base::Result<std::vector<MetricPoint>> Tracker::MetricHistory(const RunId& id, std::string_view key, int64_t limit) {
  TRY(CheckAtLeast("limit", limit, 1));
  return database_.Read([&](store::Reader& reader) -> base::Result<std::vector<MetricPoint>> {
    const int64_t run = TRY(internal::FindRun(reader, id));
    return internal::LoadHistory(reader, run, key, limit);
  });
}

}  // namespace gyre::tracking
