#include "transfer/importer.h"

#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "transfer/testing/here.h"
#include "transfer/wire_form.h"

namespace gyre::transfer {
namespace {

using base::Json;

class ImporterTest : public ::testing::Test {
 protected:
  std::string PutExperiment(const std::string& name, const std::string& location = "/srv/mlruns/1") {
    const auto made = here_.importer().PutExperiment(
        {.id = "1", .name = name, .artifact_location = location, .created_ms = 5000, .tags = {{"k", "v"}}}, "tester");
    EXPECT_TRUE(made) << made.error().message();
    return made->id.value();
  }
  transfer::Run RunIn(const std::string& experiment) {
    transfer::Run run;
    run.id = "0123abc";
    run.experiment_id = experiment;
    run.name = "first";
    run.user = "ann";
    run.status = "KILLED";
    run.start_ms = 1000;
    run.end_ms = 2000;
    for (int i = 0; i < 250; ++i) run.params[fmt::format("p{}", i)] = std::to_string(i);
    run.tags = {{"t", "1"}, {"mlflow.runName", "another"}};
    run.datasets = {{.name = "d", .digest = "1", .source_type = "local", .source = "{}", .tags = {{"c", "training"}}}};
    run.outputs = {{.model_id = "m-7", .step = 3}};
    return run;
  }
  testing::Here here_;
};

TEST_F(ImporterTest, ARunKeepsItsIdAndAllElse) {
  const auto run = RunIn(PutExperiment("rain"));
  ASSERT_TRUE(here_.importer().PutRun(run, "tester"));
  const std::vector<Point> points = {{.key = "loss", .value = 1, .time_ms = 10, .step = 0},
                                     {.key = "loss", .value = std::nan(""), .time_ms = 11, .step = 1}};
  ASSERT_TRUE(here_.importer().PutPoints(run.id, points));
  ASSERT_TRUE(here_.importer().FinishRun(run, "tester"));
  const auto found = here_.tracker().GetRun(tracking::RunId("0123abc")).value();
  EXPECT_EQ(found.name, "first");
  EXPECT_EQ(found.user, "ann");
  EXPECT_EQ(found.status, tracking::RunStatus::kKilled);
  EXPECT_EQ(base::ToMillis(found.started_at), 1000);
  EXPECT_EQ(base::ToMillis(found.ended_at.value()), 2000);
  EXPECT_EQ(found.params.size(), 250U);
  EXPECT_EQ(found.tags.at("t"), "1");
  EXPECT_EQ(found.tags.at("mlflow.runName"), "first");
  EXPECT_EQ(found.inputs.datasets.size(), 1U);
  EXPECT_EQ(found.outputs.at(0).step, 3);
  EXPECT_TRUE(found.artifact_uri.starts_with("mlflow-artifacts:/")) << found.artifact_uri;
  EXPECT_EQ(here_.tracker().MetricHistory(found.id, "loss", 10)->points.size(), 2U);
}

TEST_F(ImporterTest, PuttingAgainDoublesNothing) {
  auto run = RunIn(PutExperiment("rain"));
  run.stage = "deleted";
  const std::vector<Point> points = {{.key = "loss", .value = 1, .time_ms = 10, .step = 0}};
  for (int i = 0; i < 3; ++i) {
    run.tags["n"] = std::to_string(i);
    EXPECT_EQ(PutExperiment("rain"), run.experiment_id);
    ASSERT_TRUE(here_.importer().PutRun(run, "tester"));
    ASSERT_TRUE(here_.importer().PutPoints(run.id, points));
    ASSERT_TRUE(here_.importer().FinishRun(run, "tester"));
  }
  const auto found = here_.Run("rain", "first");
  EXPECT_EQ(found.tags.at("n"), "2");
  EXPECT_EQ(found.stage, tracking::LifecycleStage::kDeleted);
  EXPECT_EQ(here_.tracker().MetricHistory(found.id, "loss", 10)->points.size(), 1U);
  EXPECT_EQ(found.inputs.datasets.size(), 1U);
}

TEST_F(ImporterTest, ARunOfAnotherExperimentIsNotOverwritten) {
  const auto run = RunIn(PutExperiment("rain"));
  ASSERT_TRUE(here_.importer().PutRun(run, "tester"));
  EXPECT_EQ(here_.importer().PutRun(RunIn(PutExperiment("other")), "tester").error().code(),
            base::ErrorCode::kAlreadyExists);
}

TEST_F(ImporterTest, OnlyRemotePlacesOfArtifactsStay) {
  PutExperiment("remote", "s3://bucket/1");
  PutExperiment("local", "file:///srv/mlruns/1");
  EXPECT_EQ(here_.Experiment("remote").artifact_location, "s3://bucket/1");
  EXPECT_TRUE(here_.Experiment("local").artifact_location.starts_with("mlflow-artifacts:/"));
  EXPECT_EQ(base::ToMillis(here_.Experiment("local").created_at), 5000);
}

TEST_F(ImporterTest, DeletedExperimentsTakeRunsUntilTheyAreFinished) {
  Experiment experiment{.id = "9", .name = "gone", .stage = "deleted"};
  for (int i = 0; i < 2; ++i) {
    const auto made = here_.importer().PutExperiment(experiment, "tester").value();
    ASSERT_TRUE(here_.importer().PutRun(RunIn(made.id.value()), "tester"));
    ASSERT_TRUE(here_.importer().FinishExperiment(made.id, experiment, "tester"));
    EXPECT_EQ(here_.Experiment("gone").stage, tracking::LifecycleStage::kDeleted);
  }
}

TEST_F(ImporterTest, LoggedModelsKeepTheirIdsAndPoints) {
  const auto experiment = PutExperiment("rain");
  auto run = RunIn(experiment);
  run.stage = "deleted";
  ASSERT_TRUE(here_.importer().PutRun(run, "tester"));
  ASSERT_TRUE(here_.importer().FinishRun(run, "tester"));
  LoggedModel model;
  model.id = "m-7";
  model.experiment_id = experiment;
  model.name = "forest";
  model.source_run_id = run.id;
  model.status = "LOGGED_MODEL_READY";
  model.params = {{"trees", "10"}};
  model.metrics = {{.key = "auc",
                    .value = 0.5,
                    .time_ms = 3,
                    .step = 1,
                    .run_id = run.id,
                    .dataset_name = "d",
                    .dataset_digest = "1"}};
  for (int i = 0; i < 2; ++i) {
    const auto put = here_.importer().PutLoggedModel(model, "tester");
    ASSERT_TRUE(put) << put.error().message();
    ASSERT_TRUE(here_.importer().FinishLoggedModel(model, "tester"));
  }
  const auto found = here_.tracker().GetLoggedModel(tracking::LoggedModelId("m-7")).value();
  EXPECT_EQ(found.status, tracking::LoggedModelStatus::kReady);
  EXPECT_EQ(found.metrics.size(), 1U);
  EXPECT_EQ(found.params.at("trees"), "10");
  EXPECT_EQ(here_.Run("rain", "first").stage, tracking::LifecycleStage::kDeleted);
}

TEST_F(ImporterTest, DeletedLoggedModelsMayBePutAgain) {
  LoggedModel model;
  model.id = "m-8";
  model.experiment_id = PutExperiment("rain");
  model.name = "forest";
  model.status = "LOGGED_MODEL_READY";
  model.stage = "deleted";
  std::string place;
  for (int i = 0; i < 2; ++i) {
    const auto put = here_.importer().PutLoggedModel(model, "tester");
    ASSERT_TRUE(put) << put.error().message();
    if (i > 0) {
      EXPECT_EQ(put->artifact_uri, place);
    }
    place = put->artifact_uri;
    ASSERT_TRUE(here_.importer().FinishLoggedModel(model, "tester"));
    EXPECT_FALSE(here_.tracker().GetLoggedModel(tracking::LoggedModelId("m-8")));
  }
}

TEST_F(ImporterTest, VersionsKeepTheirNumbersStagesAndSources) {
  const auto run = RunIn(PutExperiment("rain"));
  const auto uri = here_.importer().PutRun(run, "tester")->artifact_uri;
  const RegisteredModel model{.name = "forest", .description = "x", .tags = {{"k", "v"}}, .aliases = {{"champion", 7}}};
  ModelVersion version;
  version.model = "forest";
  version.number = 7;
  version.source = "file:///srv/mlruns/1/0123abc/artifacts/model";
  version.run_id = run.id;
  version.stage = "Production";
  version.description = "seventh";
  version.tags = {{"a", "b"}};
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(here_.importer().PutRegisteredModel(model, "tester"));
    const auto put = here_.importer().PutVersion(version, "tester");
    ASSERT_TRUE(put) << put.error().message();
    ASSERT_TRUE(here_.importer().FinishRegisteredModel(model, "tester"));
  }
  const auto found = here_.models().Resolve("forest@champion").value();
  EXPECT_EQ(found.ref.version, 7);
  EXPECT_EQ(found.source, uri + "/model");
  EXPECT_EQ(found.stage, "Production");
  EXPECT_EQ(found.description, "seventh");
  EXPECT_EQ(found.run_id, run.id);
  EXPECT_EQ(here_.models().ListVersions(registry::ModelName("forest"))->size(), 1U);
  version.run_id = "another";
  EXPECT_EQ(here_.importer().PutVersion(version, "tester").error().code(), base::ErrorCode::kAlreadyExists);
}

TEST_F(ImporterTest, MarksSayWhatIsThereAsItWas) {
  const auto run = RunIn(PutExperiment("rain"));
  ASSERT_TRUE(here_.importer().PutMark({"run", run.id, "f1", {{"metric_points", 5}}}));
  EXPECT_TRUE(here_.importer().Known("run", {{run.id, "f1"}})->empty()) << "there is no such run";
  ASSERT_TRUE(here_.importer().PutRun(run, "tester"));
  EXPECT_TRUE(here_.importer().Known("run", {{run.id, "f2"}})->empty());
  const auto known = here_.importer().Known("run", {{run.id, "f1"}, {"x", "f1"}}).value();
  ASSERT_EQ(known.size(), 1U);
  EXPECT_EQ(known[0].counts.at("metric_points"), 5);
}

TEST_F(ImporterTest, RecordsAreTakenOneByOne) {
  const Json body = Json::parse(R"({"records": [
      {"put": "experiment", "experiment": {"name": "a"}}, {"put": "experiment", "experiment": 7}, {"put": "dance"}, {},
      {"put": "points", "run_id": "none", "points": [{"key": "k", "value": 1}]},
      {"put": "run", "run": {"info": {"run_id": "../x", "experiment_id": "0"}}},
      {"put": "finish_run", "run": {"info": {"run_id": "r", "status": "DANCING"}}},
      {"put": "mark", "kind": "run", "id": "r", "fingerprint": "f", "counts": {"n": "x"}}]})");
  const auto answer = PutRecords(here_.importer(), body, "tester");
  ASSERT_TRUE(answer) << answer.error().message();
  const auto& results = (*answer)["results"];
  ASSERT_EQ(results.size(), 8U);
  EXPECT_EQ(results[0]["experiment_id"], here_.Experiment("a").id.value());
  for (size_t i = 1; i < results.size(); ++i) EXPECT_TRUE(results[i].contains("error")) << i;
  EXPECT_EQ(results[4]["error"]["error_code"], "NOT_FOUND");
}

TEST_F(ImporterTest, BodiesHaveLimits) {
  Json records = Json::array();
  for (size_t i = 0; i <= kMostRecords; ++i) records.push_back(Json::object());
  EXPECT_FALSE(PutRecords(here_.importer(), {{"records", records}}, "tester"));
  EXPECT_FALSE(PutRecords(here_.importer(), {{"records", 7}}, "tester"));
  EXPECT_FALSE(PutRecords(here_.importer(), Json::object(), "tester"));
  EXPECT_FALSE(PutRecords(here_.importer(), Json::parse(R"({"records": [7]})"), "tester"));
  EXPECT_FALSE(PutRecords(here_.importer(), Json::parse(R"({"records": [], "more": 1})"), "tester"));
  EXPECT_FALSE(AskKnown(here_.importer(), {{"kind", "run"}, {"items", {{{"id", "x"}}}}}));
  EXPECT_TRUE(AskKnown(here_.importer(), {{"kind", "run"}, {"items", Json::array()}}));
}

}  // namespace
}  // namespace gyre::transfer
