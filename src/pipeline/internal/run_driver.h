#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/thread_pool.h"
#include "base/time.h"
#include "pipeline/internal/run_store.h"
#include "pipeline/run.h"
#include "pipeline/step_runner.h"

namespace gyre::pipeline::internal {

/// What the driver, the step workers and readers of one unfinished run share.
struct ActiveRun {
  Snapshot snapshot;
  PipelineSpec spec;
  bool force = false;
  base::Cancellation cancel = base::Cancellation::Make();

  struct Completion {
    size_t position;
    base::Result<StepOutcome> outcome;
  };

  std::mutex mutex;  ///< guards all below
  std::condition_variable completed;
  RunRecord record;
  std::deque<Completion> completions;
  bool cancelled_by_user = false;
};

/// Takes one run from where it is to its end. One thread calls `Drive`; step workers report through ActiveRun.
class RunDriver {
 public:
  struct Deps {
    RunStore& store;
    blob::BlobStore& blobs;
    StepRunner& runner;
    base::ThreadPool& workers;
    const base::Clock& clock;
    base::Logger& log;
    std::filesystem::path work_folder;
    std::function<base::Result<void>(const RunRecord&)> before_end;
  };
  RunDriver(const Deps& deps, std::shared_ptr<ActiveRun> run) : deps_(deps), run_(std::move(run)) {}

  /// Returns when the run has ended, or when it was stopped (then its record is left unfinished for a later start).
  /// While the metadata cannot be written (kIo: a full disk) it waits and tries again, so that no work is lost;
  /// whatever else goes wrong with them ends the run as failed. An error means that not even this could be recorded;
  /// the run is left unfinished then too.
  base::Result<void> Drive();

 private:
  /// A step that is about to be decided: everything its key and its execution need.
  struct Prepared {
    size_t position = 0;
    base::Json with;
    std::map<std::string, Artifact> inputs;
    base::Json key_parts;
    std::string cache_key;
  };

  std::vector<size_t> ReadySteps();
  base::Result<Prepared> Prepare(size_t position);
  base::Result<bool> AnswerFromCache(const Prepared& prepared);
  base::Result<bool> AllBlobsExist(const CachedResult& cached);
  /// Decides every ready step: cached, failed to prepare, or launched. True if anything was decided without running.
  base::Result<bool> DecideReadySteps();
  base::Result<void> Launch(Prepared prepared);
  void Execute(const Prepared& prepared);
  base::Result<void> Loop();
  std::deque<ActiveRun::Completion> TakeCompletions();
  base::Result<void> AwaitOne();
  base::Result<void> Record(const ActiveRun::Completion& completion);
  void FailStep(size_t position, const base::Error& error);
  void SkipUnreachable();
  base::Result<void> Finish();
  /// Ends the run because of what is no step's fault.
  base::Result<void> Abandon(const base::Error& error);
  base::Result<void> Persist(const std::function<base::Result<void>()>& write);
  bool PauseUnlessStopped(std::chrono::milliseconds pause);
  bool Stopped();

  Deps deps_;
  std::shared_ptr<ActiveRun> run_;
  std::map<size_t, Prepared> launched_;
};

}  // namespace gyre::pipeline::internal
