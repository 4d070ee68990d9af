#include "api/v1/internal/docs.h"
#include "api/v1/internal/handlers.h"

namespace gyre::api::v1::internal {
namespace {

base::Json ExperimentJson(const tracking::Experiment& experiment) {
  return {{"id", experiment.id.value()},
          {"name", experiment.name},
          {"lifecycle_stage", experiment.stage == tracking::LifecycleStage::kActive ? "active" : "deleted"},
          {"created_at", base::FormatTimestamp(experiment.created_at)},
          {"updated_at", base::FormatTimestamp(experiment.updated_at)},
          {"tags", experiment.tags}};
}

base::Result<base::Json> ListExperiments(tracking::Tracker& tracker) {
  base::Json list = base::Json::array();
  for (const auto& experiment : TRY(tracker.ListExperiments())) list.push_back(ExperimentJson(experiment));
  return base::Json({{"experiments", list}});
}

base::Result<base::Json> ListRuns(tracking::Tracker& tracker, const http::Request& request) {
  const auto limit = TRY(IntQuery(request, "limit", 100, 1, 1000));
  const auto offset = TRY(IntQuery(request, "offset", 0, 0, int64_t{1} << 40));
  const tracking::ExperimentId experiment(request.path_param("id"));
  TRY(tracker.GetExperiment(experiment));
  return ToJsonList("runs", TRY(tracker.ListRuns(experiment, limit, offset)));
}

base::Result<base::Json> MetricHistory(tracking::Tracker& tracker, const http::Request& request) {
  const auto limit = TRY(IntQuery(request, "limit", 25'000, 1, 25'000));
  const tracking::RunId run(request.path_param("id"));
  TRY(tracker.GetRun(run));
  base::Json points = base::Json::array();
  const auto page = TRY(tracker.MetricHistory(run, request.path_param("key"), limit));
  for (const auto& point : page.points) {
    points.push_back({{"value", point.value}, {"step", point.step}, {"time", base::FormatTimestamp(point.time)}});
  }
  return base::Json({{"points", points}});
}

}  // namespace

void AddTrackingRoutes(http::Router& router, const Deps& deps) {
  auto& tracker = deps.tracker;
  router.Add(
      {.method = http::Method::kGet,
       .pattern = "/api/v1/experiments",
       .handler = Answer([&tracker](const http::Request&) { return ListExperiments(tracker); }),
       .doc = Doc("listExperiments", "tracking", "Every experiment").Returns(ListOf("experiments", "Experiment"))});
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/experiments/{id}",
              .handler = Answer([&tracker](const http::Request& request) -> base::Result<base::Json> {
                return ExperimentJson(TRY(tracker.GetExperiment(tracking::ExperimentId(request.path_param("id")))));
              }),
              .doc = Doc("getExperiment", "tracking", "One experiment").Returns(Ref("Experiment")).Errors({404})});
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/experiments/{id}/runs",
              .handler = Answer([&tracker](const http::Request& request) { return ListRuns(tracker, request); }),
              .doc = Doc("listRuns", "tracking", "Runs of an experiment, newest first")
                         .Query("limit", "at most so many", Integer(1, 1000))
                         .Query("offset", "after so many", Integer(0, int64_t{1} << 40))
                         .Returns(ListOf("runs", "Run"))
                         .Errors({400, 404})});
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/runs/{id}",
              .handler = Answer([&tracker](const http::Request& request) -> base::Result<base::Json> {
                return TRY(tracker.GetRun(tracking::RunId(request.path_param("id")))).ToJson();
              }),
              .doc = Doc("getRun", "tracking",
                         "One tracked run: parameters, latest metrics, tags. A pipeline run is one, under its own id")
                         .Returns(Ref("Run"))
                         .Errors({404})});
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/runs/{id}/metrics/{key...}",
              .handler = Answer([&tracker](const http::Request& request) { return MetricHistory(tracker, request); }),
              .doc = Doc("getMetricHistory", "tracking", "Every point of one metric, in order")
                         .Query("limit", "at most so many", Integer(1, 25'000))
                         .Returns(Ref("MetricHistory"))
                         .Errors({400, 404})});
}

}  // namespace gyre::api::v1::internal
