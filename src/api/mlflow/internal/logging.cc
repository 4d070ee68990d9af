#include <fmt/format.h>
#include <unordered_set>

#include "api/mlflow/internal/checks.h"
#include "api/mlflow/internal/handlers.h"
#include "api/mlflow/internal/messages.h"
#include "api/mlflow/internal/python_text.h"
#include "api/mlflow/internal/tracking_wire.h"

namespace gyre::api::mlflow::internal {
namespace {

using http::Method;
using tracking::Tracker;

/// A dataset's profile may have 16 MiB.
constexpr uint64_t kMaxInputsBody = 64 << 20;

tracking::MetricPoint ReadPoint(const Message& metric, base::Timestamp time) {
  tracking::MetricPoint point;
  point.key = metric.At(messages::kMetricKey).text();
  point.value = metric.At(messages::kMetricValue).real;
  point.time = time;
  const auto& step = metric.At(messages::kMetricStep);
  point.step = step.present ? step.number : 0;
  if (const auto model = metric.At(messages::kMetricModel).text(); !model.empty()) {
    point.model = tracking::LoggedModelId(model);
    point.dataset_name = metric.At(messages::kMetricDataset).text();
    point.dataset_digest = metric.At(messages::kMetricDigest).text();
  }
  return point;
}

Parsed<std::vector<tracking::MetricPoint>> ReadPoints(const List& metrics) {
  std::vector<tracking::MetricPoint> points;
  points.reserve(metrics.size());
  for (size_t i = 0; i < metrics.size(); ++i) {
    const auto metric = metrics.message(i);
    const MetricCheck check = {.key = metric.At(messages::kMetricKey).text(),
                               .value = metric.At(messages::kMetricValue).real,
                               .timestamp = metric.At(messages::kMetricTimestamp).number};
    if (!IsPlainMetric(check)) {
      if (const auto checked = CheckMetric(check, fmt::format("metrics[{}].", i)); !checked) {
        return std::unexpected(checked.error());
      }
    }
    auto time = ReadTime(check.timestamp, "timestamp");
    if (!time) return std::unexpected(time.error());
    points.push_back(ReadPoint(metric, *time));
  }
  return points;
}

Answer CheckParamsUnique(const std::vector<std::pair<std::string, std::string>>& params) {
  std::unordered_set<std::string_view> seen;
  std::string twice;
  for (const auto& [key, value] : params) {
    if (!seen.insert(key).second) twice += fmt::format("{}{}", twice.empty() ? "" : ", ", PythonRepr(key));
  }
  if (twice.empty()) return Done();
  return InvalidParameter(
      fmt::format("Duplicate parameter keys have been submitted: [{}]. Please ensure the request "
                  "contains only one param value per param key.",
                  twice));
}

Answer LogBatch(Tracker& tracker, const Call& call) {
  const auto& message = call.message;
  TRY(CheckRunId(message.Text("run_id")));
  const auto metrics = message.Items("metrics");
  tracking::LogBatch batch;
  batch.metrics = TRY(ReadPoints(metrics));
  batch.params = TRY(ReadRunParams(message.Items("params")));
  batch.tags = TRY(ReadRunTags(message.Items("tags")));
  TRY(CheckBatch(batch.metrics.size(), batch.params.size(), batch.tags.size()));
  TRY(CheckParamsUnique(batch.params));
  TRY(tracker.Log(ReadRunId(message), batch));
  return Done();
}

Answer LogMetric(Tracker& tracker, const Call& call) {
  const auto& message = call.message;
  tracking::MetricPoint point;
  point.key = message.Text("key");
  point.value = message.Real("value");
  point.step = message.Int("step");
  TRY(CheckMetric({.key = point.key, .value = point.value, .timestamp = message.Int("timestamp")}, ""));
  point.time = TRY(ReadTime(message.Int("timestamp"), "timestamp"));
  if (const auto model = message.Text("model_id"); !model.empty()) {
    point.model = tracking::LoggedModelId(model);
    point.dataset_name = message.Text("dataset_name");
    point.dataset_digest = message.Text("dataset_digest");
  }
  tracking::LogBatch batch;
  batch.metrics.push_back(std::move(point));
  TRY(tracker.Log(ReadRunId(message), batch));
  return Done();
}

Answer LogParam(Tracker& tracker, const Call& call) {
  const auto key = call.message.Text("key");
  TRY(CheckParam(key, ""));
  const auto value = Truncated(call.message.Text("value"), tracking::Limits::kParamValueLength);
  tracking::LogBatch batch;
  batch.params.emplace_back(key, value);
  TRY(tracker.Log(ReadRunId(call.message), batch));
  return Done();
}

Answer SetTag(Tracker& tracker, const Call& call) {
  const auto key = call.message.Text("key");
  TRY(CheckTag(key, ""));
  const auto value = Truncated(call.message.Text("value"), tracking::Limits::kTagValueLength);
  tracking::LogBatch batch;
  batch.tags.emplace_back(key, value);
  TRY(tracker.Log(ReadRunId(call.message), batch));
  return Done();
}

Answer CheckDataset(const Message& dataset) {
  using tracking::Limits;
  TRY(CheckLength("name", dataset.Text("name"), Limits::kDatasetNameLength));
  TRY(CheckLength("digest", dataset.Text("digest"), Limits::kDatasetDigestLength));
  TRY(CheckLength("source", dataset.Text("source"), Limits::kDatasetSourceLength));
  TRY(CheckLength("schema", dataset.Text("schema"), Limits::kDatasetSchemaLength));
  return CheckLength("profile", dataset.Text("profile"), Limits::kDatasetProfileLength);
}

Parsed<tracking::DatasetInput> ReadDatasetInput(const Message& input) {
  tracking::DatasetInput read;
  if (const auto dataset = input.Nested("dataset")) {
    if (const auto checked = CheckDataset(*dataset); !checked) return std::unexpected(checked.error());
    read.dataset = {.name = std::string(dataset->Text("name")),
                    .digest = std::string(dataset->Text("digest")),
                    .source_type = std::string(dataset->Text("source_type")),
                    .source = std::string(dataset->Text("source")),
                    .schema = dataset->OptionalText("schema"),
                    .profile = dataset->OptionalText("profile")};
  }
  for (const auto tag : input.Items("tags")) {
    auto checked = CheckLength("key", tag.Text("key"), tracking::Limits::kInputTagKeyLength);
    if (checked) checked = CheckLength("value", tag.Text("value"), tracking::Limits::kInputTagValueLength);
    if (!checked) return std::unexpected(checked.error());
    read.tags.emplace_back(tag.Text("key"), tag.Text("value"));
  }
  return read;
}

Answer LogInputs(Tracker& tracker, const Call& call) {
  const auto& message = call.message;
  TRY(CheckRunId(message.Text("run_id")));
  tracking::RunInputs inputs;
  for (const auto input : message.Items("datasets")) inputs.datasets.push_back(TRY(ReadDatasetInput(input)));
  for (const auto model : message.Items("models")) inputs.models.emplace_back(model.Text("model_id"));
  TRY(tracker.LogInputs(ReadRunId(message), inputs));
  return Done();
}

Answer LogOutputs(Tracker& tracker, const Call& call) {
  std::vector<tracking::ModelOutput> models;
  for (const auto model : call.message.Items("models")) {
    models.push_back({.model = tracking::LoggedModelId(model.Text("model_id")), .step = model.Int("step")});
  }
  TRY(tracker.LogOutputs(ReadRunId(call.message), models));
  return Done();
}

}  // namespace

void AddLoggingRoutes(Wire& wire, const Deps& deps) {
  const auto on = [&tracker = deps.tracker](Answer (*work)(Tracker&, const Call&)) {
    return [&tracker, work](const Call& call) { return work(tracker, call); };
  };
  wire.Add(Method::kPost, "2.0/mlflow/runs/log-batch", messages::kLogBatch, on(LogBatch));
  wire.Add(Method::kPost, "2.0/mlflow/runs/log-metric", messages::kLogMetric, on(LogMetric));
  wire.Add(Method::kPost, "2.0/mlflow/runs/log-parameter", messages::kRunTag, on(LogParam));
  wire.Add(Method::kPost, "2.0/mlflow/runs/set-tag", messages::kRunTag, on(SetTag));
  wire.Add(Method::kPost, "2.0/mlflow/runs/log-inputs", messages::kLogInputs, on(LogInputs), kMaxInputsBody);
  wire.Add(Method::kPost, "2.0/mlflow/runs/outputs", messages::kLogOutputs, on(LogOutputs));
}

}  // namespace gyre::api::mlflow::internal
