#include <limits>
#include <set>

#include "tracking/internal/checks.h"
#include "tracking/internal/experiment_rows.h"
#include "tracking/internal/history_token.h"
#include "tracking/internal/input_rows.h"
#include "tracking/internal/metric_folder.h"
#include "tracking/internal/metric_history.h"
#include "tracking/internal/metric_journal.h"
#include "tracking/internal/model_rows.h"
#include "tracking/internal/run_loading.h"
#include "tracking/internal/run_rows.h"
#include "tracking/tracker.h"

namespace gyre::tracking {
namespace {

base::Result<void> CheckBetween(std::string_view field, int64_t value, int64_t least, int64_t most) {
  if (least <= value && value <= most) return base::Ok();
  return base::InvalidArgument(fmt::format("{} is {} and must be between {} and {}", field, value, least, most),
                               std::string(field));
}

constexpr int64_t kMany = std::numeric_limits<int64_t>::max();

}  // namespace

base::Result<Run> Tracker::CreateRun(const NewRun& run, std::string_view actor) {
  TRY(internal::CheckNewRun(run));
  return database_.Write([&](store::Transaction& transaction) { return internal::InsertRun(transaction, run, actor); });
}

base::Result<Run> Tracker::GetRun(const RunId& id) {
  return database_.Read([&](store::Reader& reader) { return internal::LoadRun(reader, id); });
}

base::Result<Run> Tracker::UpdateRun(const RunId& id, const RunUpdate& update, std::string_view actor) {
  if (update.name) TRY(internal::CheckRunName(*update.name));
  return database_.Write([&](store::Transaction& transaction) -> base::Result<Run> {
    TRY(internal::ChangeRun(transaction, id, update, actor));
    return internal::LoadRunFields(transaction, id);
  });
}

base::Result<void> Tracker::EndRun(const RunId& id, RunStatus status, base::Timestamp at, std::string_view actor) {
  if (status == RunStatus::kRunning || status == RunStatus::kScheduled) {
    return base::InvalidArgument(
        fmt::format("a run cannot end as {}; use FINISHED, FAILED or KILLED", RunStatusName(status)), "status");
  }
  return database_.RunWrite([&](store::Transaction& transaction) {
    return internal::ChangeRun(transaction, id, {.status = status, .ended_at = at}, actor);
  });
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
  TRY(CheckBetween("limit", limit, 1, Limits::kRunsPerPage));
  TRY(CheckBetween("offset", offset, 0, kMany));
  return database_.Read([&](store::Reader& reader) -> base::Result<std::vector<Run>> {
    TRY(internal::GetExperimentById(reader, experiment));
    const int64_t number = TRY(internal::ExperimentNumber(experiment));
    return internal::LoadRuns(reader, TRY(internal::ActiveRuns(reader, number, limit, offset)));
  });
}

base::Result<void> Tracker::Log(const RunId& id, const LogBatch& batch) {
  TRY(internal::CheckBatch(batch));
  const internal::PackedBatch packed(batch.metrics);
  internal::RunKey run;
  int64_t waiting = 0;
  TRY(database_.RunWrite([&](store::Transaction& transaction) -> base::Result<void> {
    run = TRY(internal::FindActiveRun(transaction, id));
    TRY(internal::WriteParams(transaction, id, run.number, batch.params));
    TRY(internal::WriteTags(transaction, run.number, batch.tags));
    if (batch.metrics.empty()) return base::Ok();
    waiting = TRY(internal::AppendToJournal(transaction, run, packed));
    return internal::WriteModelMetrics(transaction, id, batch.metrics);
  }));
  if (waiting > 0) folder_->Noticed(run.number, waiting, packed.deferred());
  return base::Ok();
}

base::Result<void> Tracker::DeleteRunTag(const RunId& id, std::string_view key) {
  return database_.RunWrite([&](store::Transaction& transaction) { return internal::RemoveTag(transaction, id, key); });
}

base::Result<void> Tracker::LogInputs(const RunId& id, const RunInputs& inputs) {
  TRY(internal::CheckInputs(inputs));
  return database_.RunWrite([&](store::Transaction& transaction) -> base::Result<void> {
    return internal::WriteInputs(transaction, TRY(internal::FindActiveRun(transaction, id)), inputs);
  });
}

base::Result<void> Tracker::LogOutputs(const RunId& id, std::span<const ModelOutput> models) {
  TRY(internal::CheckOutputs(models));
  return database_.RunWrite([&](store::Transaction& transaction) -> base::Result<void> {
    const auto run = TRY(internal::FindActiveRun(transaction, id));
    return internal::WriteOutputs(transaction, run.number, models);
  });
}

base::Result<MetricPage> Tracker::MetricHistory(const RunId& id, std::string_view key, int64_t limit,
                                                std::string_view token) {
  TRY(CheckBetween("limit", limit, 1, kMany - 1));
  std::optional<MetricSample> after;
  if (!token.empty()) after = TRY(internal::ReadHistoryToken(token, id, key));
  MetricPage page;
  // One more than wanted tells whether there is a page after.
  page.points = TRY(database_.Read([&](store::Reader& reader) -> base::Result<std::vector<MetricSample>> {
    const int64_t run = TRY(internal::FindRun(reader, id));
    return internal::LoadHistory(reader, run, key, static_cast<size_t>(limit) + 1, after);
  }));
  if (page.points.size() > static_cast<size_t>(limit)) {
    page.points.pop_back();
    page.next = internal::HistoryToken(id, key, page.points.back());
  }
  return page;
}

base::Result<std::vector<RunMetricSamples>> Tracker::MetricHistoryBulk(std::span<const RunId> ids, std::string_view key,
                                                                       int64_t limit) {
  TRY(CheckBetween("limit", limit, 1, kMany));
  TRY(CheckBetween("run ids", static_cast<int64_t>(ids.size()), 1, Limits::kHistoryRuns));
  const std::set<RunId> sorted(ids.begin(), ids.end());
  return database_.Read([&](store::Reader& reader) -> base::Result<std::vector<RunMetricSamples>> {
    std::vector<RunMetricSamples> histories;
    auto left = static_cast<size_t>(limit);
    for (const auto& id : sorted) {
      if (left == 0) break;
      const auto run = internal::FindRun(reader, id);
      if (!run && run.error().code() != base::ErrorCode::kNotFound) return run.error();
      if (!run) continue;
      auto points = TRY(internal::LoadHistory(reader, *run, key, left, std::nullopt));
      left -= points.size();
      histories.push_back({.run = id, .points = std::move(points)});
    }
    return histories;
  });
}

base::Result<std::vector<RunMetricSamples>> Tracker::MetricHistoryInterval(std::span<const RunId> ids,
                                                                           std::string_view key,
                                                                           const MetricInterval& interval) {
  TRY(CheckBetween("max_results", interval.max_points, 1, kMany));
  TRY(CheckBetween("run ids", static_cast<int64_t>(ids.size()), 1, Limits::kHistoryRuns));
  if (interval.steps && interval.steps->first > interval.steps->second) {
    return base::InvalidArgument(
        fmt::format("end_step must be greater than start_step. Found start_step={} and end_step={}.",
                    interval.steps->first, interval.steps->second),
        "start_step");
  }
  return database_.Read([&](store::Reader& reader) -> base::Result<std::vector<RunMetricSamples>> {
    std::vector<RunMetricSamples> histories;
    for (const auto& id : ids) {
      const auto run = internal::FindRun(reader, id);
      if (!run && run.error().code() != base::ErrorCode::kNotFound) return run.error();
      if (!run) continue;
      auto points = TRY(internal::LoadHistoryInterval(reader, *run, key, interval));
      histories.push_back({.run = id, .points = std::move(points)});
    }
    return histories;
  });
}

}  // namespace gyre::tracking
