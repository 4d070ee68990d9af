#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "tracking/experiment.h"

namespace gyre::tracking {

using RunId = base::Id<struct RunIdTag>;  ///< 32 hexadecimal digits

enum class RunStatus { kRunning, kScheduled, kFinished, kFailed, kKilled };

std::string_view RunStatusName(RunStatus status);  ///< "RUNNING" and so on
base::Result<RunStatus> ParseRunStatus(std::string_view name);

struct MetricPoint {
  std::string key;
  double value = 0;  ///< NaN and infinities are kept
  base::Timestamp time;
  int64_t step = 0;

  /// {"key", "value", "time", "step"}; a value that JSON has no number for is "NaN", "Infinity" or "-Infinity".
  base::Json ToJson() const;
};

struct Run {
  RunId id;
  ExperimentId experiment;
  std::string name;
  std::string user;
  RunStatus status = RunStatus::kRunning;
  LifecycleStage stage = LifecycleStage::kActive;
  base::Timestamp started_at;
  std::optional<base::Timestamp> ended_at;
  std::map<std::string, std::string> params;
  std::map<std::string, std::string> tags;
  /// Latest point per key, sorted by key: the greatest (step, time, value), where NaN counts as 0.
  std::vector<MetricPoint> metrics;

  base::Json ToJson() const;
};

struct NewRun {
  RunId id;  ///< of a thing that is also a run (a pipeline run): 32 hexadecimal digits; made up if empty
  ExperimentId experiment;
  std::string name;  ///< the tag mlflow.runName if empty, else "adjective-noun-number" made up
  std::string user;
  std::optional<base::Timestamp> started_at;  ///< now if absent
  std::map<std::string, std::string> tags;
  std::map<std::string, std::string> params;
};

/// What a run logs at once; all of it or nothing is kept. Sending the same batch again changes nothing.
struct LogBatch {
  std::vector<MetricPoint> metrics;  ///< a point that the run has already is dropped
  /// Write-once: the same value again is fine, another is not. A key twice in one batch is an error.
  std::vector<std::pair<std::string, std::string>> params;
  std::vector<std::pair<std::string, std::string>> tags;  ///< the last value counts
};

/// Lengths are in characters. Longer values are refused, never cut: who wants them cut does it before.
struct Limits {
  static constexpr size_t kNameLength = 500;  ///< of an experiment or a user
  static constexpr size_t kKeyLength = 250;
  static constexpr size_t kParamValueLength = 6000;
  static constexpr size_t kTagValueLength = 8000;  ///< so a run's name too
  static constexpr size_t kExperimentTagValueLength = 5000;
  static constexpr size_t kBatchItems = 1000;  ///< metrics, params and tags together
  static constexpr size_t kBatchParams = 100;
  static constexpr size_t kBatchTags = 100;
  static constexpr int64_t kRunsPerPage = 50'000;
};

/// The tag that repeats the run's name; writing it renames the run.
inline constexpr std::string_view kRunNameTag = "mlflow.runName";
/// The tag by which a trial's run names the run of its search.
inline constexpr std::string_view kParentRunTag = "mlflow.parentRunId";

}  // namespace gyre::tracking
