#include "transfer/wire_form.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>

namespace gyre::transfer {
namespace {

using base::Json;

transfer::Run FullRun() {
  transfer::Run run;
  run.id = "abc";
  run.experiment_id = "7";
  run.name = "089";
  run.user = "ann";
  run.status = "FINISHED";
  run.stage = "deleted";
  run.artifact_uri = "mlflow-artifacts:/7/abc/artifacts";
  run.start_ms = 1;
  run.end_ms = 2;
  run.params = {{"depth", "3"}, {"empty", ""}};
  run.tags = {{"a.b", "c"}};
  run.latest = {{.key = "loss", .value = -0.5, .time_ms = 5, .step = 6}};
  run.datasets = {
      {.name = "d", .digest = "1", .source_type = "local", .source = "{}", .schema = "s", .tags = {{"k", "v"}}}};
  run.model_inputs = {"m-1"};
  run.outputs = {{.model_id = "m-2", .step = 4}};
  return run;
}

TEST(WireForm, RunsReadBackAsTheyWere) {
  const auto json = ToJson(FullRun());
  const auto read = RunFrom(json);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(ToJson(*read), json);
  EXPECT_EQ(read->datasets.at(0).schema, "s");
  EXPECT_EQ(read->datasets.at(0).profile, std::nullopt);
  EXPECT_EQ(read->outputs.at(0).step, 4);
}

TEST(WireForm, OtherEntitiesReadBackAsTheyWere) {
  const Experiment experiment{.id = "1",
                              .name = "rain",
                              .artifact_location = "s3://b/1",
                              .stage = "deleted",
                              .created_ms = 3,
                              .updated_ms = 4,
                              .tags = {{"k", "v"}}};
  EXPECT_EQ(ToJson(ExperimentFrom(ToJson(experiment)).value()), ToJson(experiment));
  LoggedModel logged;
  logged.id = "m-1";
  logged.name = "forest";
  logged.status = "LOGGED_MODEL_READY";
  logged.params = {{"p", "1"}};
  logged.metrics = {{.key = "auc", .value = 1, .run_id = "r", .dataset_name = "d", .dataset_digest = "x"}};
  EXPECT_EQ(ToJson(LoggedModelFrom(ToJson(logged)).value()), ToJson(logged));
  const RegisteredModel model{.name = "a/b", .description = "x", .tags = {{"k", ""}}, .aliases = {{"champion", 3}}};
  EXPECT_EQ(ToJson(RegisteredModelFrom(ToJson(model)).value()), ToJson(model));
  ModelVersion version;
  version.model = "m";
  version.number = 12;
  version.source = "runs:/x/model";
  version.stage = "Production";
  EXPECT_EQ(ToJson(ModelVersionFrom(ToJson(version)).value()), ToJson(version));
}

TEST(WireForm, NumbersThatJsonLacksAreTexts) {
  for (const double value :
       {std::nan(""), std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
    const auto json = ToJson(Point{.key = "k", .value = value});
    EXPECT_TRUE(json["value"].is_string());
    const auto read = PointFrom(json);
    ASSERT_TRUE(read);
    EXPECT_TRUE(std::isnan(value) ? std::isnan(read->value) : read->value == value);
  }
  EXPECT_TRUE(std::isnan(PointFrom({{"key", "k"}, {"value", "nan"}})->value));
}

TEST(WireForm, ReadsWhatOlderServersWrite) {
  const auto run = RunFrom(Json::parse(R"({"info": {"run_uuid": "r", "experiment_id": 3, "start_time": "12"},
                                           "data": {"params": [{"key": "a"}]}})"));
  ASSERT_TRUE(run) << run.error().message();
  EXPECT_EQ(run->id, "r");
  EXPECT_EQ(run->experiment_id, "3");
  EXPECT_EQ(run->start_ms, 12);
  EXPECT_EQ(run->end_ms, std::nullopt);
  EXPECT_EQ(run->params.at("a"), "");
  EXPECT_EQ(run->stage, "active");
}

TEST(WireForm, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(ExperimentFrom(Json::object()).error().message(), "an experiment has no 'name'");
  EXPECT_NE(
      RunFrom(Json::parse(R"({"info": {"run_id": "r", "start_time": "soon"}})")).error().message().find("start_time"),
      std::string::npos);
  EXPECT_FALSE(RunFrom(Json::parse(R"({"info": {"run_id": "r", "start_time": 18446744073709551615}})")));
  EXPECT_FALSE(RunFrom(Json::parse(R"({"info": []})")));
  EXPECT_FALSE(RunFrom(Json::parse("[]")));
  EXPECT_FALSE(PointFrom(Json::parse(R"({"key": "k", "value": {}})")));
  EXPECT_FALSE(ModelVersionFrom(Json::parse(R"({"name": "m", "version": 0})")));
  EXPECT_FALSE(RegisteredModelFrom(Json::parse(R"({"name": "m", "aliases": [{"version": 1}]})")));
  EXPECT_FALSE(LoggedModelFrom(Json::parse(R"({"info": {}})")));
}

TEST(WireForm, FingerprintsTellChanges) {
  auto run = FullRun();
  const auto before = Fingerprint(ToJson(run));
  EXPECT_EQ(Fingerprint(ToJson(FullRun())), before);
  run.latest[0].step = 7;
  EXPECT_NE(Fingerprint(ToJson(run)), before);
}

TEST(WireForm, TimesBeyondWhatIsKeptAreRefused) {
  EXPECT_EQ(MicrosOf(-5, "x").value(), -5000);
  EXPECT_FALSE(MicrosOf(INT64_MAX, "x"));
  EXPECT_FALSE(MicrosOf(INT64_MIN, "x"));
}

}  // namespace
}  // namespace gyre::transfer
