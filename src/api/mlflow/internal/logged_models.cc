#include "api/mlflow/internal/checks.h"
#include "api/mlflow/internal/handlers.h"
#include "api/mlflow/internal/messages.h"
#include "api/mlflow/internal/tracking_wire.h"

namespace gyre::api::mlflow::internal {
namespace {

using http::Method;
using tracking::LoggedModelId;
using tracking::Tracker;

LoggedModelId PathId(const Call& call) {
  return LoggedModelId(call.request.path_param("model_id"));
}

void AnswerModel(const tracking::LoggedModel& model, const Call& call) {
  JsonWriter json(call.response.body);
  json.BeginObject().BeginObject("model");
  WriteLoggedModel(model, json);
  json.EndObject().EndObject();
}

Answer Create(Tracker& tracker, const Call& call) {
  const auto& message = call.message;
  tracking::NewLoggedModel model;
  model.experiment = TRY(ReadExperimentId(message.Text("experiment_id")));
  model.name = message.Text("name");
  if (!model.name.empty()) TRY(CheckLoggedModelName(model.name));
  model.model_type = message.Text("model_type");
  if (const auto run = message.Text("source_run_id"); !run.empty()) model.source_run = tracking::RunId(run);
  model.params = ReadPairs(message.Items("params"));
  model.tags = ReadPairs(message.Items("tags"));
  AnswerModel(TRY(tracker.CreateLoggedModel(model, kActor)), call);
  return Done();
}

Answer Get(Tracker& tracker, const Call& call) {
  AnswerModel(TRY(tracker.GetLoggedModel(PathId(call))), call);
  return Done();
}

Answer Finish(Tracker& tracker, const Call& call) {
  const auto number = call.message.Enum("status").value_or(0);
  const auto status =
      TRY(tracking::ParseLoggedModelStatus(messages::kModelStatusValues[static_cast<size_t>(number)].name));
  AnswerModel(TRY(tracker.FinishLoggedModel(PathId(call), status, kActor)), call);
  return Done();
}

Answer Delete(Tracker& tracker, const Call& call) {
  TRY(tracker.DeleteLoggedModel(PathId(call), kActor));
  return Done();
}

Answer LogParams(Tracker& tracker, const Call& call) {
  TRY(tracker.LogLoggedModelParams(PathId(call), ReadPairs(call.message.Items("params"))));
  return Done();
}

Answer SetTags(Tracker& tracker, const Call& call) {
  TRY(tracker.SetLoggedModelTags(PathId(call), ReadPairs(call.message.Items("tags"))));
  return Done();
}

Answer DeleteTag(Tracker& tracker, const Call& call) {
  TRY(tracker.DeleteLoggedModelTag(PathId(call), call.request.path_param("tag_key")));
  return Done();
}

}  // namespace

void AddLoggedModelRoutes(Wire& wire, const Deps& deps) {
  const auto on = [&tracker = deps.tracker](Answer (*work)(Tracker&, const Call&)) {
    return [&tracker, work](const Call& call) { return work(tracker, call); };
  };
  constexpr std::string_view kOne = "2.0/mlflow/logged-models/{model_id}";
  wire.Add(Method::kPost, "2.0/mlflow/logged-models", messages::kCreateLoggedModel, on(Create));
  wire.Add(Method::kGet, kOne, messages::kGetLoggedModel, on(Get));
  wire.Add(Method::kPatch, kOne, messages::kFinalizeLoggedModel, on(Finish));
  wire.Add(Method::kDelete, kOne, kNoFields, on(Delete));
  wire.Add(Method::kPost, "2.0/mlflow/logged-models/{model_id}/params", messages::kLoggedModelParams, on(LogParams));
  wire.Add(Method::kPatch, "2.0/mlflow/logged-models/{model_id}/tags", messages::kLoggedModelTags, on(SetTags));
  wire.Add(Method::kDelete, "2.0/mlflow/logged-models/{model_id}/tags/{tag_key}", kNoFields, on(DeleteTag));
}

}  // namespace gyre::api::mlflow::internal
