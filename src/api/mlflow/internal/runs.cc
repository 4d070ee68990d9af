#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/mlflow/internal/checks.h"
#include "api/mlflow/internal/handlers.h"
#include "api/mlflow/internal/logged_flavors.h"
#include "api/mlflow/internal/messages.h"
#include "api/mlflow/internal/render.h"
#include "api/mlflow/internal/tracking_wire.h"

namespace gyre::api::mlflow::internal {
namespace {

using http::Method;
using tracking::Tracker;

void AnswerRun(const tracking::Run& run, RunParts parts, const Call& call) {
  JsonWriter json(call.response.body);
  json.BeginObject().BeginObject("run");
  WriteRun(run, parts, json);
  json.EndObject().EndObject();
}

Answer Create(Tracker& tracker, const Call& call) {
  const auto& message = call.message;
  tracking::NewRun run;
  run.experiment = TRY(ReadExperimentId(message.Text("experiment_id")));
  run.name = Truncated(message.Text("run_name"), tracking::Limits::kTagValueLength);
  run.user = message.Text("user_id");
  run.started_at = TRY(ReadTime(message.Int("start_time"), "start_time"));
  for (auto& [key, value] : TRY(ReadRunTags(message.Items("tags")))) run.tags[key] = value;
  AnswerRun(TRY(tracker.CreateRun(run, kActor)), RunParts::kNew, call);
  return Done();
}

Answer Get(Tracker& tracker, const Call& call) {
  AnswerRun(TRY(tracker.GetRun(ReadRunId(call.message))), RunParts::kAll, call);
  return Done();
}

Answer Update(Tracker& tracker, const Call& call) {
  const auto& message = call.message;
  tracking::RunUpdate update;
  if (const auto status = message.Enum("status")) update.status = static_cast<tracking::RunStatus>(*status - 1);
  if (const auto end = message.OptionalInt("end_time")) update.ended_at = TRY(ReadTime(*end, "end_time"));
  if (const auto name = message.Text("run_name"); !name.empty()) {
    update.name = Truncated(name, tracking::Limits::kTagValueLength);
  }
  const auto run = TRY(tracker.UpdateRun(ReadRunId(message), update, kActor));
  JsonWriter json(call.response.body);
  json.BeginObject().BeginObject("run_info");
  WriteRunInfo(run, json);
  json.EndObject().EndObject();
  return Done();
}

Answer Delete(Tracker& tracker, const Call& call) {
  TRY(tracker.DeleteRun(ReadRunId(call.message), kActor));
  return Done();
}

Answer Restore(Tracker& tracker, const Call& call) {
  TRY(tracker.RestoreRun(ReadRunId(call.message), kActor));
  return Done();
}

Answer DeleteTag(Tracker& tracker, const Call& call) {
  TRY(tracker.DeleteRunTag(ReadRunId(call.message), call.message.Text("key")));
  return Done();
}

/// What clients before MLflow 3 call after they have uploaded a model: it is remembered in a tag of the run.
Answer LogModel(Tracker& tracker, const Call& call) {
  const auto flavors = TRY(ReadModelJson(call.message.Text("model_json")));
  const auto id = ReadRunId(call.message);
  const auto run = TRY(tracker.GetRun(id));
  const auto known = run.tags.find(std::string(kModelHistoryTag));
  const auto history = AppendModel(known == run.tags.end() ? "" : known->second, flavors);
  TRY(tracker.Log(id, {.metrics = {}, .params = {}, .tags = {{std::string(kModelHistoryTag), history}}}));
  return Done();
}

}  // namespace

void AddRunRoutes(Wire& wire, const Deps& deps) {
  const auto on = [&tracker = deps.tracker](Answer (*work)(Tracker&, const Call&)) {
    return [&tracker, work](const Call& call) { return work(tracker, call); };
  };
  wire.Add(Method::kPost, "2.0/mlflow/runs/create", messages::kCreateRun, on(Create));
  wire.Add(Method::kGet, "2.0/mlflow/runs/get", messages::kRunId, on(Get));
  wire.Add(Method::kPost, "2.0/mlflow/runs/update", messages::kUpdateRun, on(Update));
  wire.Add(Method::kPost, "2.0/mlflow/runs/delete", messages::kRunId, on(Delete));
  wire.Add(Method::kPost, "2.0/mlflow/runs/restore", messages::kRunId, on(Restore));
  wire.Add(Method::kPost, "2.0/mlflow/runs/delete-tag", messages::kRunTag, on(DeleteTag));
  wire.Add(Method::kPost, "2.0/mlflow/runs/log-model", messages::kLogModel, on(LogModel));
}

}  // namespace gyre::api::mlflow::internal
