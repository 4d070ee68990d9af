#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "blob/blob_store.h"
#include "pipeline/project.h"
#include "pipeline/run.h"
#include "pipeline/step_runner.h"
#include "store/database.h"

namespace gyre::pipeline {

/// Told of runs on an executor thread.
class RunListener {
 public:
  virtual ~RunListener() = default;
  /// Once the run is durable; again when it goes on in another process.
  virtual void OnRunStarted(const RunRecord& run) = 0;
  /// Before the end becomes durable. A process killed in between tells it again when the run goes on, so that whoever
  /// keeps a record of runs misses no end. While the error is kIo the run waits, and it is told again; others are
  /// logged.
  virtual base::Result<void> OnRunEnding(const RunRecord& /*run*/) { return base::Ok(); }
  /// Once the end is durable. Not told again: a process killed before it is told tells nobody.
  virtual void OnRunFinished(const RunRecord& run) = 0;
};

/// Runs pipelines. A step whose inputs, parameters, files and revision are all as they were before is answered from the
/// cache without starting a process. Runs survive the program: what was unfinished goes on after `Resume`, and steps
/// that had succeeded are not run again. Thread-safe.
class Executor {
 public:
  struct Options {
    std::filesystem::path work_folder;  ///< steps run in folders under it; emptied at opening
    size_t workers = 2;                 ///< steps at the same time, over all runs
  };
  struct Deps {
    store::Database& database;
    blob::BlobStore& blobs;
    Projects& projects;
    StepRunner& runner;
    const base::Clock& clock;
    base::Entropy& entropy;
    base::Logger& log;
  };
  static base::Result<std::unique_ptr<Executor>> Open(const Options& options, const Deps& deps);
  virtual ~Executor() = default;

  /// Before `Resume`; not owned; told in the order in which they were added.
  virtual void AddListener(RunListener& listener) = 0;

  /// Goes on with what a previous process left unfinished; a run that cannot go on is failed, with the reason.
  virtual base::Result<void> Resume() = 0;

  /// Checks the request, makes the run durable and starts it.
  virtual base::Result<RunRecord> Start(const RunRequest& request) = 0;

  virtual base::Result<RunRecord> Get(const PipelineRunId& id) = 0;
  /// Newest first; of every pipeline if the name is empty.
  virtual base::Result<std::vector<RunRecord>> List(const PipelineName& pipeline, int64_t limit) = 0;
  /// Returns as soon as the run has ended or the time is over, with the run as it is then.
  virtual base::Result<RunRecord> Wait(const PipelineRunId& id, std::chrono::milliseconds at_most) = 0;
  /// Stops the running steps' children. kFailedPrecondition if the run has ended.
  virtual base::Result<void> Cancel(const PipelineRunId& id) = 0;

  /// Stops the steps that run (their runs stay unfinished and go on after the next start), joins. Idempotent.
  virtual void Stop() = 0;
};

}  // namespace gyre::pipeline
