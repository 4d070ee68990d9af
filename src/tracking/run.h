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
#include "tracking/inputs.h"

namespace gyre::tracking {

/// 32 hexadecimal digits; of an imported run 1 to 256 letters, digits, '_' and '-'.
using RunId = base::Id<struct RunIdTag>;

enum class RunStatus { kRunning, kScheduled, kFinished, kFailed, kKilled };

std::string_view RunStatusName(RunStatus status);  ///< "RUNNING" and so on
base::Result<RunStatus> ParseRunStatus(std::string_view name);

/// A point of one metric, without the key that all points of a history share.
struct MetricSample {
  double value = 0;  ///< NaN and infinities are kept; -0 is 0
  base::Timestamp time;
  int64_t step = 0;
};

struct MetricPoint {
  std::string key;
  double value = 0;  ///< NaN and infinities are kept
  base::Timestamp time;
  int64_t step = 0;
  LoggedModelId model = {};         ///< a logged model that gets the point too; it must exist
  std::string dataset_name = {};    ///< with `model`: what it was measured on
  std::string dataset_digest = {};  ///< with `dataset_name`

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
  std::string artifact_uri = {};
  base::Timestamp started_at;
  std::optional<base::Timestamp> ended_at;
  std::map<std::string, std::string> params;
  std::map<std::string, std::string> tags;
  /// Latest point per key, sorted by key: the greatest (step, time, value), where NaN counts as 0.
  std::vector<MetricPoint> metrics;
  RunInputs inputs = {};
  std::vector<ModelOutput> outputs = {};

  base::Json ToJson() const;
};

struct NewRun {
  RunId id;  ///< of a thing that is also a run (a pipeline run, an imported one); made up if empty
  ExperimentId experiment;
  std::string name;  ///< the tag mlflow.runName if empty, else "adjective-noun-number" made up
  std::string user;
  std::optional<base::Timestamp> started_at;  ///< now if absent
  std::map<std::string, std::string> tags;
  std::map<std::string, std::string> params;
};

/// What changes of a run's own fields; absent ones stay.
struct RunUpdate {
  std::optional<RunStatus> status = {};
  std::optional<base::Timestamp> ended_at = {};
  std::optional<std::string> name = {};  ///< its tag mlflow.runName too
};

/// Part of one metric's history, in order of (time, step, value).
struct MetricPage {
  std::vector<MetricSample> points;
  std::optional<std::string> next = {};  ///< the token of the page after, if there is one
};

/// Points of one metric of one run.
struct RunMetricSamples {
  RunId run;
  std::vector<MetricSample> points;
};

/// Part of the steps of a metric, evenly sampled.
struct MetricInterval {
  int64_t max_points = 320;  ///< per run
  /// Both ends count. Absent: the whole history.
  std::optional<std::pair<int64_t, int64_t>> steps = {};
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
  static constexpr size_t kExperimentTagValueLength = 20'000;
  static constexpr size_t kArtifactLocationLength = 2048;
  static constexpr size_t kBatchMetrics = 1000;
  static constexpr size_t kBatchItems = 1000;  ///< metrics, params and tags together
  static constexpr size_t kBatchParams = 100;
  static constexpr size_t kBatchTags = 100;
  static constexpr size_t kBatchInputs = 1000;  ///< datasets, models or outputs in one call
  static constexpr size_t kDatasetNameLength = 500;
  static constexpr size_t kDatasetDigestLength = 36;
  static constexpr size_t kDatasetSourceTypeLength = 36;
  static constexpr size_t kDatasetSourceLength = 65'535;
  static constexpr size_t kDatasetSchemaLength = 1'048'575;
  static constexpr size_t kDatasetProfileLength = 16'777'215;
  static constexpr size_t kInputTagKeyLength = 255;
  static constexpr size_t kInputTagValueLength = 500;
  static constexpr size_t kModelIdLength = 256;
  static constexpr size_t kModelKeyLength = 255;  ///< of a logged model's params and tags
  static constexpr size_t kModelValueLength = 100'000;
  static constexpr int64_t kRunsPerPage = 50'000;
  static constexpr int64_t kHistoryRuns = 100;        ///< runs in one bulk history
  static constexpr int64_t kHistoryPerPage = 25'000;  ///< points that a caller gets who names no limit
};

/// The tag that repeats the run's name; writing it renames the run.
inline constexpr std::string_view kRunNameTag = "mlflow.runName";
/// The tag by which a trial's run names the run of its search.
inline constexpr std::string_view kParentRunTag = "mlflow.parentRunId";

}  // namespace gyre::tracking
