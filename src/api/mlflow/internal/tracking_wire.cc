#include "api/mlflow/internal/tracking_wire.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

#include "api/mlflow/internal/checks.h"
#include "base/text.h"

namespace gyre::api::mlflow::internal {
namespace {

using tracking::LifecycleStageName;

constexpr int64_t kMaxMillis = std::numeric_limits<int64_t>::max() / 1000;

void WritePairs(std::string_view name, const std::map<std::string, std::string>& pairs, JsonWriter& json) {
  if (pairs.empty()) return;
  json.BeginList(name);
  for (const auto& [key, value] : pairs) json.BeginObject().Text("key", key).Text("value", value).EndObject();
  json.EndList();
}

void WriteData(const tracking::Run& run, JsonWriter& json) {
  json.BeginObject("data");
  if (!run.metrics.empty()) {
    json.BeginList("metrics");
    for (const auto& point : run.metrics) {
      json.BeginObject();
      WriteSample(point.key, {.value = point.value, .time = point.time, .step = point.step}, json);
      json.EndObject();
    }
    json.EndList();
  }
  WritePairs("params", run.params, json);
  WritePairs("tags", run.tags, json);
  json.EndObject();
}

void WriteDatasetInput(const tracking::DatasetInput& input, JsonWriter& json) {
  json.BeginObject();
  if (!input.tags.empty()) {
    json.BeginList("tags");
    for (const auto& [key, value] : input.tags) json.BeginObject().Text("key", key).Text("value", value).EndObject();
    json.EndList();
  }
  const auto& dataset = input.dataset;
  json.BeginObject("dataset").Text("name", dataset.name).Text("digest", dataset.digest);
  json.Text("source_type", dataset.source_type).Text("source", dataset.source);
  json.TextIfAny("schema", dataset.schema.value_or("")).TextIfAny("profile", dataset.profile.value_or(""));
  json.EndObject().EndObject();
}

void WriteInputs(const tracking::RunInputs& inputs, JsonWriter& json) {
  json.BeginObject("inputs");
  if (!inputs.datasets.empty()) {
    json.BeginList("dataset_inputs");
    for (const auto& input : inputs.datasets) WriteDatasetInput(input, json);
    json.EndList();
  }
  if (!inputs.models.empty()) {
    json.BeginList("model_inputs");
    for (const auto& model : inputs.models) json.BeginObject().Text("model_id", model.value()).EndObject();
    json.EndList();
  }
  json.EndObject();
}

void WriteOutputs(const std::vector<tracking::ModelOutput>& outputs, JsonWriter& json) {
  json.BeginObject("outputs");
  if (!outputs.empty()) {
    json.BeginList("model_outputs");
    for (const auto& output : outputs) {
      json.BeginObject().Text("model_id", output.model.value()).Int("step", output.step).EndObject();
    }
    json.EndList();
  }
  json.EndObject();
}

}  // namespace

Parsed<tracking::ExperimentId> ReadExperimentId(std::string_view text) {
  if (text.empty()) return tracking::ExperimentId(tracking::kDefaultExperimentId);
  auto digits = base::Trim(text);
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.empty() || !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) {
    return std::unexpected(NotAnExperimentId(text));
  }
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
  return tracking::ExperimentId((negative && digits != "0" ? "-" : "") + std::string(digits));
}

Failure NotAnExperimentId(std::string_view text) {
  return InvalidParameter(fmt::format("Invalid experiment ID '{}'. Experiment ID must be a valid integer.", text));
}

tracking::RunId ReadRunId(const Message& message) {
  return tracking::RunId(message.Text("run_id"));
}

Parsed<base::Timestamp> ReadTime(int64_t millis, std::string_view name) {
  if (millis >= -kMaxMillis && millis <= kMaxMillis) return base::FromMicros(millis * 1000);
  return std::unexpected(InvalidParameter(
      fmt::format("Invalid value {} for parameter '{}' supplied: it is no time in milliseconds.", millis, name)));
}

std::map<std::string, std::string> ReadPairs(const List& pairs) {
  std::map<std::string, std::string> read;
  for (const auto pair : pairs) read.insert_or_assign(std::string(pair.Text("key")), std::string(pair.Text("value")));
  return read;
}

Parsed<std::vector<std::pair<std::string, std::string>>> ReadRunTags(const List& tags) {
  std::vector<std::pair<std::string, std::string>> read;
  read.reserve(tags.size());
  for (size_t i = 0; i < tags.size(); ++i) {
    const auto tag = tags.message(i);
    const auto key = tag.Text("key");
    if (const auto checked = CheckTag(key, fmt::format("tags[{}].", i)); !checked) {
      return std::unexpected(checked.error());
    }
    read.emplace_back(key, Truncated(tag.Text("value"), tracking::Limits::kTagValueLength));
  }
  return read;
}

Parsed<std::vector<std::pair<std::string, std::string>>> ReadRunParams(const List& params) {
  std::vector<std::pair<std::string, std::string>> read;
  read.reserve(params.size());
  for (size_t i = 0; i < params.size(); ++i) {
    const auto param = params.message(i);
    const auto key = param.Text("key");
    if (const auto checked = CheckParam(key, fmt::format("params[{}].", i)); !checked) {
      return std::unexpected(checked.error());
    }
    read.emplace_back(key, Truncated(param.Text("value"), tracking::Limits::kParamValueLength));
  }
  return read;
}

void WriteExperiment(const tracking::Experiment& experiment, JsonWriter& json) {
  json.Text("experiment_id", experiment.id.value()).Text("name", experiment.name);
  json.Text("artifact_location", experiment.artifact_location);
  json.Text("lifecycle_stage", LifecycleStageName(experiment.stage));
  json.Int("last_update_time", base::ToMillis(experiment.updated_at));
  json.Int("creation_time", base::ToMillis(experiment.created_at));
  WritePairs("tags", experiment.tags, json);
  json.Text("workspace", "default");
}

void WriteRunInfo(const tracking::Run& run, JsonWriter& json) {
  json.Text("run_uuid", run.id.value()).Text("experiment_id", run.experiment.value()).Text("run_name", run.name);
  json.Text("user_id", run.user).Text("status", tracking::RunStatusName(run.status));
  json.Int("start_time", base::ToMillis(run.started_at));
  if (run.ended_at && base::ToMillis(*run.ended_at) != 0) json.Int("end_time", base::ToMillis(*run.ended_at));
  json.TextIfAny("artifact_uri", run.artifact_uri).Text("lifecycle_stage", LifecycleStageName(run.stage));
  json.Text("run_id", run.id.value());
}

void WriteRun(const tracking::Run& run, RunParts parts, JsonWriter& json) {
  json.BeginObject("info");
  WriteRunInfo(run, json);
  json.EndObject();
  WriteData(run, json);
  WriteInputs(run.inputs, json);
  if (parts == RunParts::kAll) WriteOutputs(run.outputs, json);
}

void WriteLoggedModel(const tracking::LoggedModel& model, JsonWriter& json) {
  json.BeginObject("info").Text("model_id", model.id.value()).Text("experiment_id", model.experiment.value());
  json.Text("name", model.name).Int("creation_timestamp_ms", base::ToMillis(model.created_at));
  json.Int("last_updated_timestamp_ms", base::ToMillis(model.updated_at)).Text("artifact_uri", model.artifact_uri);
  json.Text("status", tracking::LoggedModelStatusName(model.status)).Text("model_type", model.model_type);
  json.Text("source_run_id", model.source_run ? model.source_run->value() : "");
  WritePairs("tags", model.tags, json);
  json.EndObject().BeginObject("data");
  WritePairs("params", model.params, json);
  if (!model.metrics.empty()) {
    json.BeginList("metrics");
    for (const auto& metric : model.metrics) {
      json.BeginObject();
      WriteSample(metric.key, {.value = metric.value, .time = metric.time, .step = metric.step}, json);
      json.TextIfAny("dataset_name", metric.dataset_name).TextIfAny("dataset_digest", metric.dataset_digest);
      json.Text("model_id", model.id.value()).TextIfAny("run_id", metric.run.value()).EndObject();
    }
    json.EndList();
  }
  json.EndObject();
}

void WriteSample(std::string_view key, const tracking::MetricSample& sample, JsonWriter& json) {
  json.Text("key", key).Real("value", sample.value).Int("timestamp", base::ToMillis(sample.time));
  json.Int("step", sample.step);
}

}  // namespace gyre::api::mlflow::internal
