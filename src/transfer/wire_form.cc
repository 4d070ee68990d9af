#include "transfer/wire_form.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "base/text.h"
#include "transfer/internal/fields.h"

namespace gyre::transfer {
namespace {

using base::Json;
using internal::Fields;

Json RealJson(double value) {
  return std::isfinite(value) ? Json(value) : Json(base::FormatDouble(value));
}

template <class Pairs>
Json PairsJson(const Pairs& pairs) {
  Json list = Json::array();
  for (const auto& [key, value] : pairs) list.push_back({{"key", key}, {"value", value}});
  return list;
}

template <class Items>
Json ListJson(const Items& items) {
  Json list = Json::array();
  for (const auto& item : items) list.push_back(ToJson(item));
  return list;
}

Json InputsJson(const Run& run) {
  Json datasets = Json::array();
  for (const auto& input : run.datasets) {
    Json dataset = {
        {"name", input.name}, {"digest", input.digest}, {"source_type", input.source_type}, {"source", input.source}};
    if (input.schema) dataset["schema"] = *input.schema;
    if (input.profile) dataset["profile"] = *input.profile;
    datasets.push_back({{"dataset", std::move(dataset)}, {"tags", PairsJson(input.tags)}});
  }
  Json models = Json::array();
  for (const auto& id : run.model_inputs) models.push_back({{"model_id", id}});
  return {{"dataset_inputs", std::move(datasets)}, {"model_inputs", std::move(models)}};
}

base::Result<std::vector<Point>> PointsFrom(const Json& list) {
  std::vector<Point> points;
  for (const auto& item : list) points.push_back(TRY(PointFrom(item)));
  return points;
}

base::Result<DatasetInput> DatasetInputFrom(const Json& json) {
  const Fields input(json, "a dataset input");
  const Fields dataset(*TRY(input.Object("dataset")), "a dataset");
  DatasetInput made;
  made.name = TRY(dataset.Required("name"));
  made.digest = TRY(dataset.Text("digest"));
  made.source_type = TRY(dataset.Text("source_type"));
  made.source = TRY(dataset.Text("source"));
  made.schema = TRY(dataset.OptionalText("schema"));
  made.profile = TRY(dataset.OptionalText("profile"));
  for (auto& [key, value] : TRY(input.Pairs("tags"))) made.tags.emplace_back(key, value);
  return made;
}

base::Result<void> ReadInputs(const Fields& run, Run& made) {
  const Fields inputs(*TRY(run.Object("inputs")), "a run's inputs");
  for (const auto& item : *TRY(inputs.Array("dataset_inputs"))) {
    made.datasets.push_back(TRY(DatasetInputFrom(item)));
  }
  for (const auto& item : *TRY(inputs.Array("model_inputs"))) {
    made.model_inputs.push_back(TRY(Fields(item, "a model input").Required("model_id")));
  }
  const Fields outputs(*TRY(run.Object("outputs")), "a run's outputs");
  for (const auto& item : *TRY(outputs.Array("model_outputs"))) {
    const Fields output(item, "a model output");
    auto id = TRY(output.Required("model_id"));
    const auto step = TRY(output.Int("step"));
    made.outputs.push_back({.model_id = std::move(id), .step = step});
  }
  return base::Ok();
}

}  // namespace

Json ToJson(const Experiment& experiment) {
  return {{"experiment_id", experiment.id},
          {"name", experiment.name},
          {"artifact_location", experiment.artifact_location},
          {"lifecycle_stage", experiment.stage},
          {"creation_time", experiment.created_ms},
          {"last_update_time", experiment.updated_ms},
          {"tags", PairsJson(experiment.tags)}};
}

Json ToJson(const Point& point) {
  Json json = {
      {"key", point.key}, {"value", RealJson(point.value)}, {"timestamp", point.time_ms}, {"step", point.step}};
  if (!point.run_id.empty()) json["run_id"] = point.run_id;
  if (!point.dataset_name.empty()) json["dataset_name"] = point.dataset_name;
  if (!point.dataset_digest.empty()) json["dataset_digest"] = point.dataset_digest;
  return json;
}

Json ToJson(const Run& run) {
  Json info = {{"run_id", run.id},
               {"experiment_id", run.experiment_id},
               {"run_name", run.name},
               {"user_id", run.user},
               {"status", run.status},
               {"lifecycle_stage", run.stage},
               {"artifact_uri", run.artifact_uri}};
  if (run.start_ms) info["start_time"] = *run.start_ms;
  if (run.end_ms) info["end_time"] = *run.end_ms;
  Json outputs = Json::array();
  for (const auto& output : run.outputs) outputs.push_back({{"model_id", output.model_id}, {"step", output.step}});
  Json data = {{"params", PairsJson(run.params)}, {"tags", PairsJson(run.tags)}, {"metrics", ListJson(run.latest)}};
  return {{"info", std::move(info)},
          {"data", std::move(data)},
          {"inputs", InputsJson(run)},
          {"outputs", {{"model_outputs", std::move(outputs)}}}};
}

Json ToJson(const LoggedModel& model) {
  Json info = {{"model_id", model.id},
               {"experiment_id", model.experiment_id},
               {"name", model.name},
               {"model_type", model.model_type},
               {"source_run_id", model.source_run_id},
               {"artifact_uri", model.artifact_uri},
               {"status", model.status},
               {"lifecycle_stage", model.stage},
               {"creation_timestamp_ms", model.created_ms},
               {"last_updated_timestamp_ms", model.updated_ms},
               {"tags", PairsJson(model.tags)}};
  Json data = {{"params", PairsJson(model.params)}, {"metrics", ListJson(model.metrics)}};
  return {{"info", std::move(info)}, {"data", std::move(data)}};
}

Json ToJson(const RegisteredModel& model) {
  Json aliases = Json::array();
  for (const auto& [alias, version] : model.aliases) aliases.push_back({{"alias", alias}, {"version", version}});
  return {{"name", model.name},
          {"description", model.description},
          {"creation_timestamp", model.created_ms},
          {"last_updated_timestamp", model.updated_ms},
          {"tags", PairsJson(model.tags)},
          {"aliases", std::move(aliases)}};
}

Json ToJson(const ModelVersion& version) {
  return {{"name", version.model},
          {"version", version.number},
          {"description", version.description},
          {"source", version.source},
          {"run_id", version.run_id},
          {"run_link", version.run_link},
          {"model_id", version.model_id},
          {"current_stage", version.stage},
          {"status", version.status},
          {"creation_timestamp", version.created_ms},
          {"last_updated_timestamp", version.updated_ms},
          {"tags", PairsJson(version.tags)}};
}

base::Result<Experiment> ExperimentFrom(const Json& json) {
  const Fields fields(json, "an experiment");
  Experiment made;
  made.id = TRY(fields.Text("experiment_id"));
  made.name = TRY(fields.Required("name"));
  made.artifact_location = TRY(fields.Text("artifact_location"));
  made.stage = TRY(fields.OptionalText("lifecycle_stage")).value_or("active");
  made.created_ms = TRY(fields.Int("creation_time"));
  made.updated_ms = TRY(fields.Int("last_update_time"));
  made.tags = TRY(fields.Pairs("tags"));
  return made;
}

base::Result<Point> PointFrom(const Json& json) {
  const Fields fields(json, "a metric point");
  Point made;
  made.key = TRY(fields.Required("key"));
  made.value = TRY(fields.Real("value"));
  made.time_ms = TRY(fields.Int("timestamp"));
  made.step = TRY(fields.Int("step"));
  made.run_id = TRY(fields.Text("run_id"));
  made.dataset_name = TRY(fields.Text("dataset_name"));
  made.dataset_digest = TRY(fields.Text("dataset_digest"));
  return made;
}

base::Result<Run> RunFrom(const Json& json) {
  const Fields fields(json, "a run");
  const Fields info(*TRY(fields.Object("info")), "a run's info");
  const Fields data(*TRY(fields.Object("data")), "a run's data");
  Run made;
  made.id = TRY(info.Text("run_id"));
  if (made.id.empty()) made.id = TRY(info.Required("run_uuid"));
  made.experiment_id = TRY(info.Text("experiment_id"));
  made.name = TRY(info.Text("run_name"));
  made.user = TRY(info.Text("user_id"));
  made.status = TRY(info.OptionalText("status")).value_or("RUNNING");
  made.stage = TRY(info.OptionalText("lifecycle_stage")).value_or("active");
  made.artifact_uri = TRY(info.Text("artifact_uri"));
  made.start_ms = TRY(info.OptionalInt("start_time"));
  made.end_ms = TRY(info.OptionalInt("end_time"));
  made.params = TRY(data.Pairs("params"));
  made.tags = TRY(data.Pairs("tags"));
  made.latest = TRY(PointsFrom(*TRY(data.Array("metrics"))));
  // MLflow repeats the name of the run that was asked for in its points; that is no property of them.
  for (auto& point : made.latest) point.run_id.clear();
  TRY(ReadInputs(fields, made));
  return made;
}

base::Result<LoggedModel> LoggedModelFrom(const Json& json) {
  const Fields fields(json, "a logged model");
  const Fields info(*TRY(fields.Object("info")), "a logged model's info");
  const Fields data(*TRY(fields.Object("data")), "a logged model's data");
  LoggedModel made;
  made.id = TRY(info.Required("model_id"));
  made.experiment_id = TRY(info.Text("experiment_id"));
  made.name = TRY(info.Text("name"));
  made.model_type = TRY(info.Text("model_type"));
  made.source_run_id = TRY(info.Text("source_run_id"));
  made.artifact_uri = TRY(info.Text("artifact_uri"));
  made.status = TRY(info.OptionalText("status")).value_or("LOGGED_MODEL_PENDING");
  made.stage = TRY(info.OptionalText("lifecycle_stage")).value_or("active");
  made.created_ms = TRY(info.Int("creation_timestamp_ms"));
  made.updated_ms = TRY(info.Int("last_updated_timestamp_ms"));
  made.tags = TRY(info.Pairs("tags"));
  made.params = TRY(data.Pairs("params"));
  made.metrics = TRY(PointsFrom(*TRY(data.Array("metrics"))));
  return made;
}

base::Result<RegisteredModel> RegisteredModelFrom(const Json& json) {
  const Fields fields(json, "a registered model");
  RegisteredModel made;
  made.name = TRY(fields.Required("name"));
  made.description = TRY(fields.Text("description"));
  made.created_ms = TRY(fields.Int("creation_timestamp"));
  made.updated_ms = TRY(fields.Int("last_updated_timestamp"));
  made.tags = TRY(fields.Pairs("tags"));
  for (const auto& item : *TRY(fields.Array("aliases"))) {
    const Fields alias(item, "an alias");
    auto name = TRY(alias.Required("alias"));
    made.aliases[std::move(name)] = TRY(alias.Int("version"));
  }
  return made;
}

base::Result<ModelVersion> ModelVersionFrom(const Json& json) {
  const Fields fields(json, "a model version");
  ModelVersion made;
  made.model = TRY(fields.Required("name"));
  made.number = TRY(fields.Int("version"));
  if (made.number < 1)
    return base::InvalidArgument(fmt::format("model '{}' has a version {}", made.model, made.number));
  made.description = TRY(fields.Text("description"));
  made.source = TRY(fields.Text("source"));
  made.run_id = TRY(fields.Text("run_id"));
  made.run_link = TRY(fields.Text("run_link"));
  made.model_id = TRY(fields.Text("model_id"));
  made.stage = TRY(fields.OptionalText("current_stage")).value_or("None");
  made.status = TRY(fields.OptionalText("status")).value_or("READY");
  made.created_ms = TRY(fields.Int("creation_timestamp"));
  made.updated_ms = TRY(fields.Int("last_updated_timestamp"));
  made.tags = TRY(fields.Pairs("tags"));
  return made;
}

std::string Fingerprint(const Json& entity) {
  return base::Sha256Of(entity).ToHex();
}

base::Result<int64_t> MicrosOf(int64_t millis, std::string_view what) {
  constexpr int64_t kFarthest = INT64_MAX / 1000;
  if (millis > kFarthest || millis < -kFarthest) {
    return base::InvalidArgument(fmt::format("{} has a time of {} ms, which is no date", what, millis));
  }
  return millis * 1000;
}

}  // namespace gyre::transfer
