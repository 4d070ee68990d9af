#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/database.h"
#include "tracking/experiment.h"
#include "tracking/run.h"

namespace gyre::tracking {

/// Experiments, runs and what they log, with MLflow's meaning of each (the wire form is api/mlflow's). Thread-safe.
/// `actor` is who the audit trail names; what a run logs (params, tags, metric points) is its data and not audited.
///
/// Errors: kInvalidArgument (a name, key, value or size that is never accepted), kNotFound, kAlreadyExists (experiment
/// names), kFailedPrecondition (a param that has another value; anything deleted).
class Tracker {
 public:
  /// `database` must outlive the tracker. Brings its tables up to date and makes the experiment "0", Default, if it is
  /// not there.
  static base::Result<std::unique_ptr<Tracker>> Open(store::Database& database);

  base::Result<Experiment> CreateExperiment(std::string_view name, const std::map<std::string, std::string>& tags,
                                            std::string_view actor);
  /// Deleted ones too.
  base::Result<Experiment> GetExperiment(const ExperimentId& id);
  /// Deleted ones too; nothing if there is none of that name.
  base::Result<std::optional<Experiment>> FindExperiment(std::string_view name);
  /// The one of that name, made if there is none.
  base::Result<Experiment> EnsureExperiment(std::string_view name, std::string_view actor);
  /// The active ones, in order of their ids.
  base::Result<std::vector<Experiment>> ListExperiments();
  /// With all its runs.
  base::Result<void> DeleteExperiment(const ExperimentId& id, std::string_view actor);
  base::Result<void> RestoreExperiment(const ExperimentId& id, std::string_view actor);

  base::Result<Run> CreateRun(const NewRun& run, std::string_view actor);
  /// Deleted ones too.
  base::Result<Run> GetRun(const RunId& id);
  base::Result<void> Log(const RunId& id, const LogBatch& batch);
  /// `status` is FINISHED, FAILED or KILLED. A run that has ended can still log, and end again: the last one counts.
  base::Result<void> EndRun(const RunId& id, RunStatus status, base::Timestamp at, std::string_view actor);
  base::Result<void> DeleteRun(const RunId& id, std::string_view actor);
  base::Result<void> RestoreRun(const RunId& id, std::string_view actor);
  /// The active ones, newest start first, then by id. `limit` is 1 to Limits::kRunsPerPage.
  base::Result<std::vector<Run>> ListRuns(const ExperimentId& experiment, int64_t limit, int64_t offset);
  /// In order of (time, step, value); nothing if the run never logged `key`.
  base::Result<std::vector<MetricPoint>> MetricHistory(const RunId& id, std::string_view key, int64_t limit);

 private:
  explicit Tracker(store::Database& database) : database_(database) {}
  store::Database& database_;
};

}  // namespace gyre::tracking
