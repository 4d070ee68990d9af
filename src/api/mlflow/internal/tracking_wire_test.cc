#include "api/mlflow/internal/tracking_wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>

#include "api/mlflow/internal/logged_flavors.h"
#include "base/json.h"

namespace gyre::api::mlflow::internal {
namespace {

using base::Json;
using ::testing::HasSubstr;

/// What `write` puts into an object.
template <class Write>
Json Written(Write write) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  write(json);
  json.EndObject();
  return base::ParseJson(out, "what was written").value();
}

TEST(ReadExperimentIdTest, IdsAreWholeNumbers) {
  const std::vector<std::pair<std::string, std::string>> read = {{"", "0"},    {"0", "0"},  {"7", "7"},   {"007", "7"},
                                                                 {" 7 ", "7"}, {"+7", "7"}, {"-7", "-7"}, {"-0", "0"}};
  for (const auto& [text, id] : read) EXPECT_EQ(ReadExperimentId(text).value().value(), id) << text;
  for (const auto* text : {"x", "7x", "1.0", "-", "+", " ", "--1", "0x1"}) {
    const auto refused = ReadExperimentId(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().message(),
              "Invalid experiment ID '" + std::string(text) + "'. Experiment ID must be a valid integer.");
  }
}

TEST(ReadTimeTest, TimesFitIntoMicroseconds) {
  EXPECT_EQ(base::ToMillis(ReadTime(1'795'811'200'123, "t").value()), 1'795'811'200'123);
  EXPECT_EQ(base::ToMillis(ReadTime(-5, "t").value()), -5);
  const auto refused = ReadTime(std::numeric_limits<int64_t>::max(), "end_time");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("'end_time'"));
  EXPECT_FALSE(ReadTime(std::numeric_limits<int64_t>::min(), "t"));
}

TEST(WriteExperimentTest, FieldsAreMlflows) {
  tracking::Experiment experiment;
  experiment.id = tracking::ExperimentId("3");
  experiment.name = "a";
  experiment.artifact_location = "s3://b";
  experiment.stage = tracking::LifecycleStage::kDeleted;
  experiment.created_at = base::FromMicros(1'999);
  experiment.updated_at = base::FromMicros(3'000);
  const auto write = [&](JsonWriter& json) { WriteExperiment(experiment, json); };
  Json expected = {{"experiment_id", "3"},         {"name", "a"},        {"artifact_location", "s3://b"},
                   {"lifecycle_stage", "deleted"}, {"creation_time", 1}, {"last_update_time", 3},
                   {"workspace", "default"}};
  EXPECT_EQ(Written(write), expected);
  experiment.tags = {{"k", "v"}};
  expected["tags"] = Json::array({{{"key", "k"}, {"value", "v"}}});
  EXPECT_EQ(Written(write), expected);
}

TEST(WriteRunTest, WhatIsNotThereIsLeftOut) {
  tracking::Run run;
  run.id = tracking::RunId("r");
  run.experiment = tracking::ExperimentId("0");
  run.name = "n";
  const auto all = Written([&](JsonWriter& json) { WriteRun(run, RunParts::kAll, json); });
  EXPECT_EQ(all["info"], (Json{{"run_id", "r"},
                               {"run_uuid", "r"},
                               {"run_name", "n"},
                               {"experiment_id", "0"},
                               {"user_id", ""},
                               {"status", "RUNNING"},
                               {"start_time", 0},
                               {"lifecycle_stage", "active"}}));
  for (const auto* part : {"data", "inputs", "outputs"}) EXPECT_EQ(all[part], Json::object()) << part;
  EXPECT_FALSE(Written([&](JsonWriter& json) { WriteRun(run, RunParts::kNew, json); }).contains("outputs"));
}

TEST(WriteRunTest, AnEndAtTheBeginningOfTimeIsNone) {
  tracking::Run run;
  run.ended_at = base::FromMicros(0);
  EXPECT_FALSE(Written([&](JsonWriter& json) { WriteRunInfo(run, json); }).contains("end_time"));
  run.ended_at = base::FromMicros(5'000);
  EXPECT_EQ(Written([&](JsonWriter& json) { WriteRunInfo(run, json); })["end_time"], 5);
}

TEST(WriteRunTest, InputsAndOutputs) {
  tracking::Run run;
  run.inputs.models.emplace_back("m-1");
  run.inputs.datasets.push_back({.dataset = {.name = "d", .digest = "1", .source_type = "local", .source = "s"}});
  run.inputs.datasets[0].dataset.profile = "p";
  run.outputs.push_back({.model = tracking::LoggedModelId("m-2"), .step = 4});
  const auto written = Written([&](JsonWriter& json) { WriteRun(run, RunParts::kAll, json); });
  EXPECT_EQ(
      written["inputs"],
      (Json{{"dataset_inputs",
             Json::array(
                 {{{"dataset",
                    {{"name", "d"}, {"digest", "1"}, {"source_type", "local"}, {"source", "s"}, {"profile", "p"}}}}})},
            {"model_inputs", Json::array({{{"model_id", "m-1"}}})}}));
  EXPECT_EQ(written["outputs"], (Json{{"model_outputs", Json::array({{{"model_id", "m-2"}, {"step", 4}}})}}));
}

TEST(WriteLoggedModelTest, TextsThatMlflowSetsAreThereEvenIfEmpty) {
  tracking::LoggedModel model;
  model.id = tracking::LoggedModelId("m-1");
  const auto written = Written([&](JsonWriter& json) { WriteLoggedModel(model, json); });
  EXPECT_EQ(written["info"]["model_type"], "");
  EXPECT_EQ(written["info"]["source_run_id"], "");
  EXPECT_FALSE(written["info"].contains("tags"));
  EXPECT_EQ(written["data"], Json::object());
}

Json Model() {
  return {{"run_id", "r"},
          {"artifact_path", "a"},
          {"utc_time_created", "t"},
          {"model_uuid", "u"},
          {"signature", {{"inputs", "[]"}}},
          {"flavors", {{"sklearn", {{"config", 1}, {"code", "c"}}}, {"odd", 5}}}};
}

TEST(ReadModelJsonTest, KeepsWhatIsToBeRemembered) {
  const auto kept = ReadModelJson(Model().dump()).value();
  EXPECT_EQ(kept, (Json{{"run_id", "r"},
                        {"artifact_path", "a"},
                        {"utc_time_created", "t"},
                        {"model_uuid", "u"},
                        {"flavors", {{"sklearn", {{"code", "c"}}}, {"odd", 5}}}}));
}

TEST(ReadModelJsonTest, MistakesAreToldAsMlflowTellsThem) {
  for (const auto* text : {"", "{", "[]", "5"}) {
    const auto refused = ReadModelJson(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().message(), "Malformed model info. \n " + std::string(text) + " \n is not a valid JSON.");
  }
  auto model = Model();
  model.erase("flavors");
  model.erase("run_id");
  EXPECT_EQ(ReadModelJson(model.dump()).error().message(),
            "Model json is missing mandatory fields: {'flavors', 'run_id'}");
}

TEST(AppendModelTest, TheOldestGoWhenThereIsNoMoreRoom) {
  std::string history;
  for (int i = 0; i < 40; ++i) {
    history = AppendModel(history, {{"artifact_path", std::to_string(i)}, {"flavors", std::string(500, 'f')}});
    ASSERT_LE(history.size(), tracking::Limits::kTagValueLength);
  }
  const auto list = base::ParseJson(history, "history").value();
  EXPECT_GT(list.size(), 10U);
  EXPECT_EQ(list.back()["artifact_path"], "39");
  EXPECT_EQ(AppendModel("no list", {{"a", 1}}), R"([{"a":1}])");
}

}  // namespace
}  // namespace gyre::api::mlflow::internal
