#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/mlflow/internal/errors.h"
#include "api/mlflow/internal/message.h"
#include "api/mlflow/internal/render.h"
#include "base/time.h"
#include "tracking/experiment.h"
#include "tracking/logged_model.h"
#include "tracking/run.h"

// Between messages and the things of the tracking module.

namespace gyre::api::mlflow::internal {

template <class T>
using Parsed = std::expected<T, Failure>;

/// Who asks, for the audit trail. Everyone is "local" until there are users.
inline constexpr std::string_view kActor = "local";

/// "Invalid experiment ID 'x'. Experiment ID must be a valid integer."; "" is the default experiment, "007" is "7".
Parsed<tracking::ExperimentId> ReadExperimentId(std::string_view text);
Failure NotAnExperimentId(std::string_view text);
tracking::RunId ReadRunId(const Message& message);
/// Milliseconds, as everywhere in MLflow; `name` is the parameter's.
Parsed<base::Timestamp> ReadTime(int64_t millis, std::string_view name);
/// The last of a key counts.
std::map<std::string, std::string> ReadPairs(const List& pairs);
/// Checked keys and values cut to what is kept.
Parsed<std::vector<std::pair<std::string, std::string>>> ReadRunTags(const List& tags);
Parsed<std::vector<std::pair<std::string, std::string>>> ReadRunParams(const List& params);

void WriteExperiment(const tracking::Experiment& experiment, JsonWriter& json);
/// The fields of the object that is open.
void WriteRunInfo(const tracking::Run& run, JsonWriter& json);
/// info, data, inputs and, unless the run is new, outputs.
enum class RunParts { kNew, kAll };
void WriteRun(const tracking::Run& run, RunParts parts, JsonWriter& json);
void WriteLoggedModel(const tracking::LoggedModel& model, JsonWriter& json);
/// Fields of one point of a history.
void WriteSample(std::string_view key, const tracking::MetricSample& sample, JsonWriter& json);

}  // namespace gyre::api::mlflow::internal
