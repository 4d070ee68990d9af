#include "api/v1/internal/docs.h"
#include "api/v1/internal/handlers.h"

namespace gyre::api::v1::internal {
namespace {

constexpr int64_t kMaxWaitSeconds = 60;

base::Result<base::Json> StartRun(const Deps& deps, const http::Request& request) {
  const auto body = TRY(JsonBody(request));
  const base::ObjectReader fields(body, "body");
  TRY(fields.AllowOnly({"snapshot", "params", "until", "force", "reason"}));
  const pipeline::ProjectName project(request.path_param("project"));
  pipeline::RunRequest run;
  const auto snapshot = TRY(fields.String("snapshot", ""));
  const auto of =
      snapshot.empty() ? TRY(deps.projects.Newest(project)) : TRY(deps.projects.Get(pipeline::SnapshotId(snapshot)));
  if (of.project != project) {
    return base::InvalidArgument(
        fmt::format("snapshot {} is of project '{}', not of '{}'", snapshot, of.project.value(), project.value()),
        "snapshot");
  }
  run.snapshot = of.id;
  run.pipeline = pipeline::PipelineName(request.path_param("pipeline"));
  run.params = *TRY(fields.Object("params"));
  run.until = TRY(fields.String("until", ""));
  run.force = TRY(fields.Bool("force", false));
  const auto reason = TRY(fields.String("reason", "started by hand"));
  run.trigger = {{"kind", "manual"}, {"reason", reason}};
  run.actor = ActorOf(request);
  return TRY(deps.executor.Start(run)).ToJson();
}

base::Result<base::Json> ListRuns(pipeline::Executor& executor, const http::Request& request) {
  const auto limit = TRY(IntQuery(request, "limit", 50, 1, 1000));
  const pipeline::PipelineName pipeline(request.query_param("pipeline").value_or(""));
  const bool outputs = TRY(BoolQuery(request, "outputs", true));
  auto list = ToJsonList("runs", TRY(executor.List(pipeline, limit)));
  if (outputs) return list;
  // Most of a run's record is the profiles of the tables it made; who only watches has no use for them.
  for (auto& run : list["runs"]) {
    for (auto& step : run["steps"]) step["outputs"] = base::Json::object();
  }
  return list;
}

base::Result<base::Json> GetRun(pipeline::Executor& executor, const http::Request& request) {
  const auto wait = TRY(IntQuery(request, "wait_seconds", 0, 0, kMaxWaitSeconds));
  const pipeline::PipelineRunId id(request.path_param("id"));
  return TRY(executor.Wait(id, std::chrono::seconds(wait))).ToJson();
}

base::Result<base::Json> CancelRun(pipeline::Executor& executor, const http::Request& request) {
  const pipeline::PipelineRunId id(request.path_param("id"));
  TRY(executor.Cancel(id));
  return TRY(executor.Get(id)).ToJson();
}

}  // namespace

void AddPipelineRoutes(http::Router& router, const Deps& deps) {
  auto& executor = deps.executor;
  router.Add(
      {.method = http::Method::kPost,
       .pattern = "/api/v1/projects/{project}/pipelines/{pipeline}/runs",
       .handler = Answer([deps](const http::Request& request) { return StartRun(deps, request); }, 201),
       .doc = Doc("startPipelineRun", "pipelines", "Run a pipeline of a project's newest (or the named) snapshot")
                  .Body(Object({{"snapshot", String()},
                                {"params", {{"type", "object"}}},
                                {"until", String("last step to run")},
                                {"force", Boolean()},
                                {"reason", String()}}))
                  .Returns(Ref("PipelineRun"), 201)
                  .Errors({400, 404, 422})});
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/pipeline-runs",
              .handler = Answer([&executor](const http::Request& request) { return ListRuns(executor, request); }),
              .doc = Doc("listPipelineRuns", "pipelines", "Runs, newest first")
                         .Query("pipeline", "only of this pipeline", String())
                         .Query("limit", "at most so many", Integer(1, 1000))
                         .Query("outputs", "false: leave out what the steps left, which is most of a record", Boolean())
                         .Returns(ListOf("runs", "PipelineRun"))});
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/pipeline-runs/{id}",
              .handler = Answer([&executor](const http::Request& request) { return GetRun(executor, request); }),
              .execution = http::Execution::kLong,
              .doc = Doc("getPipelineRun", "pipelines",
                         "One run; with wait_seconds, as soon as it has ended or the time is over")
                         .Query("wait_seconds", "how long to wait for its end", Integer(0, kMaxWaitSeconds))
                         .Returns(Ref("PipelineRun"))
                         .Errors({400, 404})});
  router.Add(
      {.method = http::Method::kPost,
       .pattern = "/api/v1/pipeline-runs/{id}/cancel",
       .handler = Answer([&executor](const http::Request& request) { return CancelRun(executor, request); }),
       .doc = Doc("cancelPipelineRun", "pipelines", "Stop a run").Returns(Ref("PipelineRun")).Errors({404, 409})});
}

}  // namespace gyre::api::v1::internal
