#include <filesystem>
#include <fmt/format.h>

#include "api/mlflow/internal/artifact_location.h"
#include "api/mlflow/internal/checks.h"
#include "api/mlflow/internal/handlers.h"
#include "api/mlflow/internal/messages.h"
#include "api/mlflow/internal/render.h"
#include "api/mlflow/internal/tracking_wire.h"

namespace gyre::api::mlflow::internal {
namespace {

using http::Method;
using tracking::Tracker;

Answer Create(Tracker& tracker, const Call& call) {
  const auto& message = call.message;
  const auto location = message.Text("artifact_location");
  if (!location.empty()) TRY(CheckArtifactLocation(location));
  TRY(CheckExperimentName(message.Text("name")));
  const auto tags = ReadPairs(message.Items("tags"));
  for (const auto& [key, value] : tags) TRY(CheckExperimentTag(key, value));
  const auto experiment = TRY(tracker.CreateExperiment(message.Text("name"), AbsoluteLocation(location), tags, kActor));
  JsonWriter(call.response.body).BeginObject().Text("experiment_id", experiment.id.value()).EndObject();
  return Done();
}

void AnswerExperiment(const tracking::Experiment& experiment, const Call& call) {
  JsonWriter json(call.response.body);
  json.BeginObject().BeginObject("experiment");
  WriteExperiment(experiment, json);
  json.EndObject().EndObject();
}

Answer Get(Tracker& tracker, const Call& call) {
  const auto id = TRY(ReadExperimentId(call.message.Text("experiment_id")));
  AnswerExperiment(TRY(tracker.GetExperiment(id)), call);
  return Done();
}

Answer GetByName(Tracker& tracker, const Call& call) {
  const auto name = call.message.Text("experiment_name");
  const auto experiment = TRY(tracker.FindExperiment(name));
  if (!experiment) {
    return Failure(Code::kResourceDoesNotExist, fmt::format("Could not find experiment with name '{}'", name));
  }
  AnswerExperiment(*experiment, call);
  return Done();
}

Answer Delete(Tracker& tracker, const Call& call) {
  const auto id = TRY(ReadExperimentId(call.message.Text("experiment_id")));
  TRY(tracker.DeleteExperiment(id, kActor));
  return Done();
}

Answer Restore(Tracker& tracker, const Call& call) {
  const auto id = TRY(ReadExperimentId(call.message.Text("experiment_id")));
  TRY(tracker.RestoreExperiment(id, kActor));
  return Done();
}

Answer Rename(Tracker& tracker, const Call& call) {
  const auto id = TRY(ReadExperimentId(call.message.Text("experiment_id")));
  const auto name = call.message.Text("new_name");
  TRY(CheckExperimentName(name));
  const auto renamed = tracker.RenameExperiment(id, name, kActor);
  if (renamed) return Done();
  if (renamed.error().code() == base::ErrorCode::kFailedPrecondition) {
    return Failure(Code::kInvalidState, renamed.error().message());
  }
  return renamed.error();
}

Answer SetTag(Tracker& tracker, const Call& call) {
  const auto id = TRY(ReadExperimentId(call.message.Text("experiment_id")));
  const auto key = call.message.Text("key");
  const auto value = call.message.Text("value");
  TRY(CheckExperimentTag(key, value));
  TRY(tracker.SetExperimentTag(id, key, value, kActor));
  return Done();
}

Answer DeleteTag(Tracker& tracker, const Call& call) {
  const auto id = TRY(ReadExperimentId(call.message.Text("experiment_id")));
  TRY(tracker.DeleteExperimentTag(id, call.message.Text("key"), kActor));
  return Done();
}

}  // namespace

void AddExperimentRoutes(Wire& wire, const Deps& deps) {
  const auto on = [&tracker = deps.tracker](Answer (*work)(Tracker&, const Call&)) {
    return [&tracker, work](const Call& call) { return work(tracker, call); };
  };
  wire.Add(Method::kPost, "2.0/mlflow/experiments/create", messages::kCreateExperiment, on(Create));
  wire.Add(Method::kGet, "2.0/mlflow/experiments/get", messages::kExperimentId, on(Get));
  wire.Add(Method::kGet, "2.0/mlflow/experiments/get-by-name", messages::kExperimentByName, on(GetByName));
  wire.Add(Method::kPost, "2.0/mlflow/experiments/delete", messages::kExperimentId, on(Delete));
  wire.Add(Method::kPost, "2.0/mlflow/experiments/restore", messages::kExperimentId, on(Restore));
  wire.Add(Method::kPost, "2.0/mlflow/experiments/update", messages::kUpdateExperiment, on(Rename));
  wire.Add(Method::kPost, "2.0/mlflow/experiments/set-experiment-tag", messages::kExperimentTag, on(SetTag));
  wire.Add(Method::kPost, "2.0/mlflow/experiments/delete-experiment-tag", messages::kExperimentTag, on(DeleteTag));
}

}  // namespace gyre::api::mlflow::internal
