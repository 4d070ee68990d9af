#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/database.h"
#include "tracking/experiment.h"
#include "tracking/logged_model.h"
#include "tracking/purge.h"
#include "tracking/run.h"
#include "tracking/search.h"

namespace gyre::tracking {

namespace internal {
class MetricFolder;
}

/// Experiments, runs, logged models and what runs log, with MLflow's meaning of each (the wire form is api/mlflow's).
/// Thread-safe. `actor` is who the audit trail names; what a run or a logged model logs (params, tags, metric points,
/// inputs, outputs) is its data and not audited.
///
/// Errors: kInvalidArgument (a name, key, value or size that is never accepted), kNotFound, kAlreadyExists (experiment
/// names), kFailedPrecondition (a param that has another value; anything deleted).
class Tracker {
 public:
  using Texts = std::map<std::string, std::string>;

  struct Options {
    std::string artifact_root = std::string(kDefaultArtifactRoot);  ///< of experiments that name no place
    /// How long a logged batch may wait in the journal before it is folded into the history.
    std::chrono::milliseconds fold_delay = std::chrono::milliseconds(1000);
  };
  /// `database` must outlive the tracker. Brings its tables up to date, folds what an earlier process left in the
  /// journal, and makes the experiment "0", Default, if it is not there.
  static base::Result<std::unique_ptr<Tracker>> Open(store::Database& database);
  static base::Result<std::unique_ptr<Tracker>> Open(store::Database& database, const Options& options);
  ~Tracker();  ///< as Stop

  /// Joins the folding thread; what is in the journal stays there for the next Open. Idempotent.
  void Stop();

  /// Below the artifact root if `artifact_location` is empty.
  base::Result<Experiment> CreateExperiment(std::string_view name, std::string_view artifact_location,
                                            const Texts& tags, std::string_view actor,
                                            std::optional<base::Timestamp> created_at = {});
  /// Deleted ones too.
  base::Result<Experiment> GetExperiment(const ExperimentId& id);
  /// Deleted ones too; nothing if there is none of that name.
  base::Result<std::optional<Experiment>> FindExperiment(std::string_view name);
  /// The one of that name, made if there is none.
  base::Result<Experiment> EnsureExperiment(std::string_view name, std::string_view actor);
  /// The active ones, in order of their ids.
  base::Result<std::vector<Experiment>> ListExperiments();
  base::Result<void> RenameExperiment(const ExperimentId& id, std::string_view name, std::string_view actor);
  /// With all its runs. kNotFound if there is no active one, as MLflow says it.
  base::Result<void> DeleteExperiment(const ExperimentId& id, std::string_view actor);
  /// With all its runs, those too that were deleted before it. kNotFound if there is no deleted one.
  base::Result<void> RestoreExperiment(const ExperimentId& id, std::string_view actor);
  base::Result<void> SetExperimentTag(const ExperimentId& id, std::string_view key, std::string_view value,
                                      std::string_view actor);
  /// kNotFound if it has no such tag.
  base::Result<void> DeleteExperimentTag(const ExperimentId& id, std::string_view key, std::string_view actor);

  base::Result<Run> CreateRun(const NewRun& run, std::string_view actor);
  /// Deleted ones too.
  base::Result<Run> GetRun(const RunId& id);
  /// The run's fields after it, without what it logged (params, tags, metrics, inputs, outputs).
  base::Result<Run> UpdateRun(const RunId& id, const RunUpdate& update, std::string_view actor);
  /// `status` is FINISHED, FAILED or KILLED. A run that has ended can still log, and end again: the last one counts.
  base::Result<void> EndRun(const RunId& id, RunStatus status, base::Timestamp at, std::string_view actor);
  /// Nothing happens to one that is deleted already.
  base::Result<void> DeleteRun(const RunId& id, std::string_view actor);
  /// Nothing happens to one that is active.
  base::Result<void> RestoreRun(const RunId& id, std::string_view actor);
  /// The active ones, newest start first, then by id. `limit` is 1 to Limits::kRunsPerPage.
  base::Result<std::vector<Run>> ListRuns(const ExperimentId& experiment, int64_t limit, int64_t offset);

  /// Durable on return. At most Limits::kBatchItems items.
  base::Result<void> Log(const RunId& id, const LogBatch& batch);
  /// kNotFound if it has no such tag.
  base::Result<void> DeleteRunTag(const RunId& id, std::string_view key);
  base::Result<void> LogInputs(const RunId& id, const RunInputs& inputs);
  base::Result<void> LogOutputs(const RunId& id, std::span<const ModelOutput> models);

  /// Nothing if the run never logged `key`. `token` is empty or MetricPage::next of the page before; one made up or of
  /// another history is kInvalidArgument. A page costs the same wherever it lies.
  base::Result<MetricPage> MetricHistory(const RunId& id, std::string_view key, int64_t limit,
                                         std::string_view token = {});
  /// The histories one after the other, ordered by run id, until there are `limit` points. Unknown runs have none.
  base::Result<std::vector<RunMetricSamples>> MetricHistoryBulk(std::span<const RunId> ids, std::string_view key,
                                                                int64_t limit);
  /// Per run (in the order given) up to `interval.max_points` points, taken evenly in order of (step, time, value); the
  /// first and the last are among them, or the last alone if it is one point.
  base::Result<std::vector<RunMetricSamples>> MetricHistoryInterval(std::span<const RunId> ids, std::string_view key,
                                                                    const MetricInterval& interval);

  base::Result<LoggedModel> CreateLoggedModel(const NewLoggedModel& model, std::string_view actor);
  /// kNotFound if it is deleted.
  base::Result<LoggedModel> GetLoggedModel(const LoggedModelId& id);
  base::Result<LoggedModel> FinishLoggedModel(const LoggedModelId& id, LoggedModelStatus status,
                                              std::string_view actor);
  base::Result<void> DeleteLoggedModel(const LoggedModelId& id, std::string_view actor);
  base::Result<void> SetLoggedModelTags(const LoggedModelId& id, const Texts& tags);
  /// kNotFound if it has no such tag.
  base::Result<void> DeleteLoggedModelTag(const LoggedModelId& id, std::string_view key);
  /// Write-once, as a run's.
  base::Result<void> LogLoggedModelParams(const LoggedModelId& id, const Texts& params);

  /// All that was logged before the call is found. kInvalidArgument in MLflow's words for a filter, order, token or
  /// number that is not right.
  base::Result<RunPage> SearchRuns(const RunSearch& search);
  base::Result<ExperimentPage> SearchExperiments(const ExperimentSearch& search);
  base::Result<LoggedModelPage> SearchLoggedModels(const LoggedModelSearch& search);
  /// The datasets of runs of these experiments, each once per context, at most 1000.
  base::Result<std::vector<DatasetSummary>> SearchDatasets(const std::vector<std::string>& experiments);

  /// What `scope` means, oldest first, runs and models before experiments; a deleted experiment stands for all that is
  /// in it too. Nothing is changed. kNotFound and kFailedPrecondition for what is named and unknown or not deleted.
  base::Result<std::vector<Purged>> FindPurgeable(const PurgeScope& scope);
  /// Removes a deleted run for good, in transactions of bounded size: it is gone with the first, the rest of its data
  /// follows, after a crash at the next Open. Its artifact location is free.
  base::Result<Purged> PurgeRun(const RunId& id, std::string_view actor);
  base::Result<Purged> PurgeLoggedModel(const LoggedModelId& id, std::string_view actor);
  /// With its runs and logged models. Its id is never given again.
  base::Result<Purged> PurgeExperiment(const ExperimentId& id, std::string_view actor);

 private:
  Tracker(store::Database& database, Options options);

  store::Database& database_;
  const Options options_;
  std::unique_ptr<internal::MetricFolder> folder_;
};

}  // namespace gyre::tracking
