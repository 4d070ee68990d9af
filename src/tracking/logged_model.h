#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "tracking/experiment.h"
#include "tracking/inputs.h"
#include "tracking/run.h"

namespace gyre::tracking {

enum class LoggedModelStatus { kPending, kReady, kUploadFailed };

std::string_view LoggedModelStatusName(LoggedModelStatus status);  ///< "LOGGED_MODEL_PENDING" and so on
base::Result<LoggedModelStatus> ParseLoggedModelStatus(std::string_view name);

/// A point of a metric of a logged model; `run` logged it, perhaps on a dataset (empty texts: on none).
struct LoggedModelMetric {
  std::string key;
  double value = 0;
  base::Timestamp time;
  int64_t step = 0;
  RunId run;
  std::string dataset_name = {};
  std::string dataset_digest = {};
};

/// What `log_model` of MLflow 3 makes: a model's artifacts, params, tags and metrics, within an experiment.
struct LoggedModel {
  LoggedModelId id;
  ExperimentId experiment;
  std::string name;
  std::string model_type = {};
  std::optional<RunId> source_run = {};
  std::string artifact_uri = {};
  LoggedModelStatus status = LoggedModelStatus::kPending;
  LifecycleStage stage = LifecycleStage::kActive;
  base::Timestamp created_at = {};
  base::Timestamp updated_at = {};
  std::map<std::string, std::string> params = {};
  std::map<std::string, std::string> tags = {};
  std::vector<LoggedModelMetric> metrics = {};  ///< every point, by key, dataset, step, time, value
};

struct NewLoggedModel {
  LoggedModelId id = {};  ///< of an imported one; made up if empty
  ExperimentId experiment;
  std::string name = {};  ///< made up if empty
  std::string model_type = {};
  std::optional<RunId> source_run = {};
  std::optional<base::Timestamp> created_at = {};  ///< now if absent
  std::map<std::string, std::string> params = {};
  std::map<std::string, std::string> tags = {};
};

}  // namespace gyre::tracking
