#include <algorithm>
#include <fmt/format.h>

#include "api/mlflow/internal/handlers.h"
#include "api/mlflow/internal/messages.h"
#include "api/mlflow/internal/tracking_wire.h"

namespace gyre::api::mlflow::internal {
namespace {

using http::Method;
using tracking::Tracker;

/// Who names no page size gets the whole history, up to so many points; then there is a token.
constexpr int64_t kWholeHistory = 1'000'000;
constexpr int64_t kBulkPoints = 25'000;
constexpr size_t kBulkRuns = 100;
constexpr int64_t kIntervalPoints = 2500;

Answer History(Tracker& tracker, const Call& call) {
  const auto& message = call.message;
  const auto asked = message.OptionalInt("max_results");
  if (asked && *asked <= 0) {
    return InvalidParameter(
        fmt::format("Invalid value {} for parameter 'max_results' supplied. It must be a positive integer.", *asked));
  }
  const auto limit = std::min(asked.value_or(kWholeHistory), kWholeHistory);
  const auto key = message.Text("metric_key");
  auto found = tracker.MetricHistory(ReadRunId(message), key, limit, message.Text("page_token"));
  // MLflow does not look whether there is such a run.
  if (!found && found.error().code() == base::ErrorCode::kNotFound) found = tracking::MetricPage();
  const auto page = TRY(std::move(found));
  JsonWriter json(call.response.body);
  json.BeginObject();
  if (!page.points.empty()) {
    json.BeginList("metrics");
    for (const auto& point : page.points) {
      json.BeginObject();
      WriteSample(key, point, json);
      json.EndObject();
    }
    json.EndList();
  }
  if (page.next) json.Text("next_page_token", *page.next);
  json.EndObject();
  return Done();
}

void WriteHistories(std::string_view key, const std::vector<tracking::RunMetricSamples>& runs, JsonWriter& json) {
  for (const auto& run : runs) {
    for (const auto& point : run.points) {
      json.BeginObject();
      WriteSample(key, point, json);
      json.Text("run_id", run.run.value()).EndObject();
    }
  }
}

std::vector<tracking::RunId> RunIds(const Message& message, std::string_view name) {
  std::vector<tracking::RunId> ids;
  for (auto& id : message.Texts(name)) ids.emplace_back(std::move(id));
  return ids;
}

/// Of the pages; MLflow writes this answer by hand, with an empty list where nothing was found.
Answer HistoryBulk(Tracker& tracker, const Call& call) {
  const auto& message = call.message;
  const auto ids = RunIds(message, "run_id");
  if (ids.empty()) return InvalidParameter("GetMetricHistoryBulk request must specify at least one run_id.");
  if (ids.size() > kBulkRuns) {
    return InvalidParameter(
        fmt::format("GetMetricHistoryBulk request cannot specify more than {} run_ids. Received {} run_ids.", kBulkRuns,
                    ids.size()));
  }
  if (!message.Has("metric_key")) return InvalidParameter("GetMetricHistoryBulk request must specify a metric_key.");
  const auto limit = std::min(message.Int("max_results", kBulkPoints), kBulkPoints);
  const auto key = message.Text("metric_key");
  std::vector<tracking::RunMetricSamples> runs;
  if (limit > 0) runs = TRY(tracker.MetricHistoryBulk(ids, key, limit));
  JsonWriter json(call.response.body);
  json.BeginObject().BeginList("metrics");
  WriteHistories(key, runs, json);
  json.EndList().EndObject();
  return Done();
}

Parsed<tracking::MetricInterval> ReadInterval(const Message& message) {
  tracking::MetricInterval interval;
  interval.max_points = message.Int("max_results", kIntervalPoints);
  const auto start = message.OptionalInt("start_step");
  const auto end = message.OptionalInt("end_step");
  if (start.has_value() != end.has_value()) {
    return std::unexpected(InvalidParameter("If either start step or end step are specified, both must be specified."));
  }
  if (!start) return interval;
  if (*start > *end) {
    return std::unexpected(InvalidParameter(
        fmt::format("end_step must be greater than start_step. Found start_step={} and end_step={}.", *start, *end)));
  }
  interval.steps = {*start, *end};
  return interval;
}

Answer HistoryInterval(Tracker& tracker, const Call& call) {
  const auto& message = call.message;
  const auto ids = RunIds(message, "run_ids");
  if (ids.size() > kBulkRuns) {
    return InvalidParameter(fmt::format(
        "GetMetricHistoryBulkInterval request must specify at most {} run_ids. Received {} run_ids. See the "
        "API docs for more information about request parameters.",
        kBulkRuns, ids.size()));
  }
  const auto interval = TRY(ReadInterval(message));
  const auto key = message.Text("metric_key");
  const auto runs = TRY(tracker.MetricHistoryInterval(ids, key, interval));
  JsonWriter json(call.response.body);
  json.BeginObject();
  if (std::ranges::any_of(runs, [](const auto& run) { return !run.points.empty(); })) {
    json.BeginList("metrics");
    WriteHistories(key, runs, json);
    json.EndList();
  }
  json.EndObject();
  return Done();
}

}  // namespace

void AddMetricRoutes(Wire& wire, const Deps& deps) {
  const auto on = [&tracker = deps.tracker](Answer (*work)(Tracker&, const Call&)) {
    return [&tracker, work](const Call& call) { return work(tracker, call); };
  };
  wire.Add(Method::kGet, "2.0/mlflow/metrics/get-history", messages::kHistory, on(History));
  wire.AddAjax(Method::kGet, "2.0/mlflow/metrics/get-history-bulk", messages::kHistoryBulk, on(HistoryBulk));
  wire.Add(Method::kGet, "2.0/mlflow/metrics/get-history-bulk-interval", messages::kHistoryInterval,
           on(HistoryInterval));
}

}  // namespace gyre::api::mlflow::internal
