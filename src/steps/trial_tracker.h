#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/json.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "pipeline/executor.h"
#include "tracking/tracker.h"

namespace gyre::steps {

/// Makes every pipeline run a tracked run of the same id (experiment: the pipeline), with its steps' figures as
/// metrics, and every trial of a search a run below it. Thread-safe.
class TrialTracker final : public pipeline::RunListener {
 public:
  TrialTracker(tracking::Tracker& tracker, const base::Clock& clock, base::Logger& log)
      : tracker_(tracker), clock_(clock), log_(log) {}

  void OnRunStarted(const pipeline::RunRecord& run) override;
  base::Result<void> OnRunEnding(const pipeline::RunRecord& run) override;
  void OnRunFinished(const pipeline::RunRecord& /*run*/) override {}

  /// A finished trial, as TaskEvents::Trial was given it. One that is told again, because its step was interrupted and
  /// runs again, is the same run.
  base::Result<void> OnTrial(const std::string& pipeline_run, const std::string& step, const base::Json& trial);

 private:
  base::Result<void> Start(const pipeline::RunRecord& run);

  tracking::Tracker& tracker_;
  const base::Clock& clock_;
  base::Logger& log_;
};

}  // namespace gyre::steps
