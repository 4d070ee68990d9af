// The routes of experiments, runs and metrics over a real tracker.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/mlflow/routes.h"
#include "api/mlflow/testing/wire_client.h"
#include "tracking/testing/temp_tracker.h"

namespace gyre::api::mlflow {
namespace {

using base::Json;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using testing::Reply;
using ::testing::StartsWith;

class TrackingRoutesTest : public ::testing::Test {
 protected:
  TrackingRoutesTest() { AddRoutes(router_, {.tracker = *tracker_}); }

  Reply Post(const std::string& path, const Json& body) { return client_.Post("2.0/mlflow/" + path, body); }
  Reply Get(const std::string& path) { return client_.Get("2.0/mlflow/" + path); }
  /// The answer of a call that must succeed.
  Json Posted(const std::string& path, const Json& body) {
    const auto reply = Post(path, body);
    EXPECT_EQ(reply.status, 200) << path << " " << body << " " << reply.body;
    return reply.body;
  }
  Json Got(const std::string& path) {
    const auto reply = Get(path);
    EXPECT_EQ(reply.status, 200) << path << " " << reply.body;
    return reply.body;
  }
  std::string NewRun(const Json& more = Json::object()) {
    Json body = {{"experiment_id", "0"}, {"start_time", 1000}};
    body.update(more);
    return Posted("runs/create", body)["run"]["info"]["run_id"];
  }
  Json Run(const std::string& id) { return Got("runs/get?run_id=" + id)["run"]; }

  tracking::testing::TempTracker tracker_;
  http::Router router_;
  testing::WireClient client_{router_};
};

TEST_F(TrackingRoutesTest, TheDefaultExperimentIsThere) {
  const auto experiment = Got("experiments/get?experiment_id=0")["experiment"];
  EXPECT_EQ(experiment["name"], "Default");
  EXPECT_EQ(experiment["artifact_location"], "mlflow-artifacts:/0");
  EXPECT_EQ(experiment["lifecycle_stage"], "active");
  EXPECT_TRUE(experiment["creation_time"].is_number_integer());
  EXPECT_FALSE(experiment.contains("tags"));
}

TEST_F(TrackingRoutesTest, AnExperimentsLife) {
  const auto id =
      Posted("experiments/create", {{"name", "a"}, {"tags", {{{"key", "k"}, {"value", "v"}}}}})["experiment_id"]
          .get<std::string>();
  EXPECT_EQ(Got("experiments/get-by-name?experiment_name=a")["experiment"]["experiment_id"], id);
  Posted("experiments/set-experiment-tag", {{"experiment_id", id}, {"key", "k"}, {"value", "w"}});
  Posted("experiments/update", {{"experiment_id", id}, {"new_name", "b"}});
  const auto experiment = Got("experiments/get?experiment_id=" + id)["experiment"];
  EXPECT_EQ(experiment["name"], "b");
  EXPECT_EQ(experiment["tags"], (Json{{{"key", "k"}, {"value", "w"}}}));
  Posted("experiments/delete-experiment-tag", {{"experiment_id", id}, {"key", "k"}});
  EXPECT_EQ(Post("experiments/delete-experiment-tag", {{"experiment_id", id}, {"key", "k"}}).status, 404);

  EXPECT_EQ(Posted("experiments/delete", {{"experiment_id", id}}), Json::object());
  EXPECT_EQ(Got("experiments/get?experiment_id=" + id)["experiment"]["lifecycle_stage"], "deleted");
  const auto renamed = Post("experiments/update", {{"experiment_id", id}, {"new_name", "c"}});
  EXPECT_EQ(renamed.status, 400);
  EXPECT_EQ(renamed.code(), "INVALID_STATE");
  EXPECT_THAT(Post("runs/create", {{"experiment_id", id}}).message(), HasSubstr("must be in the 'active' state"));
  Posted("experiments/restore", {{"experiment_id", id}});
  EXPECT_EQ(Got("experiments/get?experiment_id=" + id)["experiment"]["lifecycle_stage"], "active");
}

TEST_F(TrackingRoutesTest, MistakesWithExperiments) {
  const auto taken = Post("experiments/create", {{"name", "Default"}});
  EXPECT_EQ(taken.status, 400);
  EXPECT_EQ(taken.code(), "RESOURCE_ALREADY_EXISTS");
  EXPECT_THAT(taken.message(), HasSubstr("already exists"));
  EXPECT_EQ(Post("experiments/create", {{"name", " "}}).message(), "Invalid experiment name: ' '");
  const auto unknown = Get("experiments/get?experiment_id=99");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.code(), "RESOURCE_DOES_NOT_EXIST");
  EXPECT_THAT(unknown.message(), StartsWith("No Experiment with id=99 exists"));
  EXPECT_EQ(Get("experiments/get?experiment_id=abc").message(),
            "Invalid experiment ID 'abc'. Experiment ID must be a valid integer.");
  EXPECT_THAT(Get("experiments/get?experiment_id=-1").message(), StartsWith("No Experiment with id=-1 exists"));
  EXPECT_EQ(Got("experiments/get?experiment_id=000")["experiment"]["experiment_id"], "0");
  EXPECT_EQ(Get("experiments/get-by-name?experiment_name=nope").code(), "RESOURCE_DOES_NOT_EXIST");
  EXPECT_EQ(Get("experiments/get-by-name?experiment_name=nope").message(),
            "Could not find experiment with name 'nope'");
}

TEST_F(TrackingRoutesTest, ANewRunHasWhatMlflowGivesIt) {
  const auto run = Posted("runs/create", {{"experiment_id", "0"}})["run"];
  const auto& info = run["info"];
  EXPECT_THAT(info["run_id"].get<std::string>(), MatchesRegex("[0-9a-f]{32}"));
  EXPECT_EQ(info["run_uuid"], info["run_id"]);
  EXPECT_EQ(info["user_id"], "");
  EXPECT_EQ(info["status"], "RUNNING");
  EXPECT_EQ(info["start_time"], 0);
  EXPECT_FALSE(info.contains("end_time"));
  EXPECT_EQ(info["artifact_uri"], "mlflow-artifacts:/0/" + info["run_id"].get<std::string>() + "/artifacts");
  EXPECT_EQ(run["data"], (Json{{"tags", {{{"key", "mlflow.runName"}, {"value", info["run_name"]}}}}}));
  EXPECT_EQ(run["inputs"], Json::object());
  EXPECT_FALSE(run.contains("outputs"));
  EXPECT_EQ(Run(info["run_id"])["outputs"], Json::object());
}

TEST_F(TrackingRoutesTest, ARunIsUpdatedDeletedAndRestored) {
  const auto id = NewRun({{"run_name", "first"}, {"user_id", "ann"}});
  const auto info =
      Posted("runs/update",
             {{"run_uuid", id}, {"status", "FINISHED"}, {"end_time", 2000}, {"run_name", "second"}})["run_info"];
  EXPECT_EQ(info["status"], "FINISHED");
  EXPECT_EQ(info["end_time"], 2000);
  EXPECT_EQ(info["run_name"], "second");
  EXPECT_EQ(info["user_id"], "ann");
  Posted("runs/update", {{"run_id", id}, {"status", 4}});
  EXPECT_EQ(Run(id)["info"]["status"], "FAILED");
  EXPECT_EQ(Run(id)["data"]["tags"][0]["value"], "second");
  Posted("runs/delete", {{"run_id", id}});
  EXPECT_EQ(Run(id)["info"]["lifecycle_stage"], "deleted");
  const auto write = Post("runs/set-tag", {{"run_id", id}, {"key", "a"}, {"value", "b"}});
  EXPECT_EQ(write.code(), "INVALID_PARAMETER_VALUE");
  EXPECT_THAT(write.message(),
              StartsWith("The run " + id + " must be in the 'active' state. Current state is deleted"));
  Posted("runs/restore", {{"run_id", id}});
  EXPECT_EQ(Run(id)["info"]["lifecycle_stage"], "active");
}

TEST_F(TrackingRoutesTest, NameAndTagOfARunAgree) {
  EXPECT_EQ(Run(NewRun({{"tags", {{{"key", "mlflow.runName"}, {"value", "t"}}}}}))["info"]["run_name"], "t");
  const auto differ =
      Post("runs/create",
           {{"experiment_id", "0"}, {"run_name", "a"}, {"tags", {{{"key", "mlflow.runName"}, {"value", "b"}}}}});
  EXPECT_EQ(differ.status, 400);
  EXPECT_THAT(differ.message(), HasSubstr("Both 'run_name' argument and 'mlflow.runName' tag are specified"));
}

TEST_F(TrackingRoutesTest, EverythingThatIsLoggedComesBack) {
  const auto id = NewRun();
  Posted("runs/log-metric", {{"run_id", id}, {"key", "loss"}, {"value", 0.5}, {"timestamp", 10}, {"step", 1}});
  Posted("runs/log-metric", {{"run_uuid", id}, {"key", "loss"}, {"value", "NaN"}, {"timestamp", "11"}, {"step", "2"}});
  Posted("runs/log-parameter", {{"run_id", id}, {"key", "depth"}, {"value", "3"}});
  Posted("runs/log-parameter", {{"run_id", id}, {"key", "empty"}});
  Posted("runs/set-tag", {{"run_id", id}, {"key", "who"}, {"value", "me"}});
  Posted("runs/log-batch", {{"run_id", id},
                            {"metrics", {{{"key", "acc"}, {"value", 1}, {"timestamp", 12}}}},
                            {"params", {{{"key", "lr"}, {"value", "0.1"}}}},
                            {"tags", {{{"key", "who"}, {"value", "you"}}}}});
  const auto data = Run(id)["data"];
  EXPECT_EQ(data["metrics"], (Json{{{"key", "acc"}, {"value", 1.0}, {"timestamp", 12}, {"step", 0}},
                                   {{"key", "loss"}, {"value", "NaN"}, {"timestamp", 11}, {"step", 2}}}));
  EXPECT_EQ(
      data["params"],
      (Json{{{"key", "depth"}, {"value", "3"}}, {{"key", "empty"}, {"value", ""}}, {{"key", "lr"}, {"value", "0.1"}}}));
  EXPECT_THAT(data["tags"].dump(), HasSubstr(R"({"key":"who","value":"you"})"));
  Posted("runs/delete-tag", {{"run_id", id}, {"key", "who"}});
  const auto again = Post("runs/delete-tag", {{"run_id", id}, {"key", "who"}});
  EXPECT_EQ(again.status, 404);
  EXPECT_THAT(again.message(), HasSubstr("No tag with name: who"));
}

TEST_F(TrackingRoutesTest, LongValuesAreCut) {
  const auto id = NewRun();
  Posted("runs/log-parameter", {{"run_id", id}, {"key", "p"}, {"value", std::string(6001, 'x')}});
  Posted("runs/set-tag", {{"run_id", id}, {"key", "t"}, {"value", std::string(8001, 'x')}});
  const auto data = Run(id)["data"];
  EXPECT_EQ(data["params"][0]["value"].get<std::string>().size(), 6000U);
  for (const auto& tag : data["tags"]) {
    const bool cut = tag["key"] != "t" || tag["value"].get<std::string>().size() == 8000U;
    EXPECT_TRUE(cut);
  }
}

TEST_F(TrackingRoutesTest, AParamIsWrittenOnce) {
  const auto id = NewRun();
  Posted("runs/log-parameter", {{"run_id", id}, {"key", "p"}, {"value", "1"}});
  Posted("runs/log-parameter", {{"run_id", id}, {"key", "p"}, {"value", "1"}});
  const auto changed = Post("runs/log-parameter", {{"run_id", id}, {"key", "p"}, {"value", "2"}});
  EXPECT_EQ(changed.code(), "INVALID_PARAMETER_VALUE");
  EXPECT_THAT(changed.message(), HasSubstr("Changing param values is not allowed"));
  EXPECT_EQ(
      Post("runs/log-batch",
           {{"run_id", id}, {"params", {{{"key", "d"}, {"value", "1"}}, {{"key", "d"}, {"value", "2"}}}}})
          .message(),
      "Duplicate parameter keys have been submitted: ['d']. Please ensure the request contains only one param value "
      "per param key.");
}

TEST_F(TrackingRoutesTest, ABadBatchLeavesNothing) {
  const auto id = NewRun();
  const Json good = {{"key", "m"}, {"value", 1}, {"timestamp", 1}};
  Json bad = good;
  bad["key"] = "a//b";
  const auto reply =
      Post("runs/log-batch", {{"run_id", id}, {"metrics", {good, bad}}, {"params", {{{"key", "p"}, {"value", "1"}}}}});
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.message(), HasSubstr("for parameter 'metrics[1].name' supplied: Names may be treated as files"));
  EXPECT_EQ(Run(id)["data"].size(), 1U) << "only the tag of its name";
  Json many = Json::array();
  for (int i = 0; i < 101; ++i) many.push_back({{"key", std::to_string(i)}, {"value", ""}});
  EXPECT_THAT(Post("runs/log-batch", {{"run_id", id}, {"params", many}}).message(),
              HasSubstr("can contain at most 100 params. Got 101 params."));
}

TEST_F(TrackingRoutesTest, UnknownRunsAreNotFound) {
  for (const auto* path : {"runs/delete", "runs/restore", "runs/update"}) {
    const auto reply = Post(path, {{"run_id", "nope"}});
    EXPECT_EQ(reply.status, 404) << path;
    EXPECT_THAT(reply.message(), StartsWith("Run with id=nope not found")) << path;
  }
  EXPECT_EQ(Get("runs/get?run_id=nope").code(), "RESOURCE_DOES_NOT_EXIST");
  EXPECT_EQ(Got("metrics/get-history?run_id=nope&metric_key=m"), Json::object()) << "MLflow does not look";
  EXPECT_EQ(Post("runs/log-batch", {{"run_id", "nope"}}).status, 404);
  EXPECT_EQ(Post("runs/log-metric", {{"run_id", "nope"}, {"key", "k"}, {"value", 1}, {"timestamp", 1}}).status, 404);
}

TEST_F(TrackingRoutesTest, TimesThatAreNoTimes) {
  const auto id = NewRun();
  const auto huge = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(Post("runs/log-metric", {{"run_id", id}, {"key", "k"}, {"value", 1}, {"timestamp", huge}}).code(),
            "INVALID_PARAMETER_VALUE");
  EXPECT_EQ(Post("runs/create", {{"experiment_id", "0"}, {"start_time", huge}}).code(), "INVALID_PARAMETER_VALUE");
}

TEST_F(TrackingRoutesTest, HistoriesComeInPages) {
  const auto id = NewRun();
  Json metrics = Json::array();
  for (int i = 0; i < 5; ++i) metrics.push_back({{"key", "m"}, {"value", i}, {"timestamp", i}, {"step", i}});
  Posted("runs/log-batch", {{"run_id", id}, {"metrics", metrics}});
  const auto path = "metrics/get-history?metric_key=m&run_id=" + id;
  const auto all = Got(path);
  EXPECT_EQ(all["metrics"].size(), 5U);
  EXPECT_EQ(all["metrics"][4], (Json{{"key", "m"}, {"value", 4.0}, {"timestamp", 4}, {"step", 4}}));
  EXPECT_FALSE(all.contains("next_page_token"));
  const auto page = Got(path + "&max_results=3");
  EXPECT_EQ(page["metrics"].size(), 3U);
  const auto rest = Got(path + "&max_results=3&page_token=" + page["next_page_token"].get<std::string>());
  EXPECT_EQ(rest["metrics"].size(), 2U);
  EXPECT_FALSE(rest.contains("next_page_token"));
  EXPECT_EQ(Get(path + "&page_token=x").code(), "INVALID_PARAMETER_VALUE");
  EXPECT_EQ(Get(path + "&max_results=0").message(),
            "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer.");
  EXPECT_EQ(Got("metrics/get-history?metric_key=other&run_id=" + id), Json::object());
}

TEST_F(TrackingRoutesTest, HistoriesOfSeveralRuns) {
  const auto a = NewRun();
  const auto b = NewRun();
  for (const auto& id : {a, b}) {
    Json metrics = Json::array();
    for (int i = 0; i < 100; ++i) metrics.push_back({{"key", "m"}, {"value", i}, {"timestamp", i}, {"step", i}});
    Posted("runs/log-batch", {{"run_id", id}, {"metrics", metrics}});
  }
  const auto interval = "metrics/get-history-bulk-interval?metric_key=m&run_ids=" + a + "&run_ids=" + b;
  EXPECT_EQ(Got(interval)["metrics"].size(), 200U);
  const auto sampled = Got(interval + "&max_results=3")["metrics"];
  EXPECT_EQ(sampled.size(), 6U);
  EXPECT_EQ(sampled[0]["step"], 0);
  EXPECT_EQ(sampled[2]["step"], 99);
  EXPECT_EQ(sampled[0]["run_id"], a);
  EXPECT_EQ(Got(interval + "&start_step=10&end_step=11")["metrics"].size(), 4U);
  EXPECT_EQ(Get(interval + "&start_step=10").message(),
            "If either start step or end step are specified, both must be specified.");
  EXPECT_EQ(Get(interval + "&start_step=2&end_step=1").message(),
            "end_step must be greater than start_step. Found start_step=2 and end_step=1.");
  EXPECT_THAT(Get(interval + "&max_results=2501").message(), HasSubstr("max_results must be between 1 and 2500."));
  EXPECT_THAT(Get("metrics/get-history-bulk-interval?metric_key=m").message(), HasSubstr("'run_ids'"));

  http::ClientRequest request;
  request.url = "/ajax-api/2.0/mlflow/metrics/get-history-bulk?metric_key=m&max_results=7&run_id=" + a;
  const auto bulk = http::LocalClient(router_).Send(request, {}).value();
  EXPECT_EQ(base::ParseJson(bulk.body, "bulk").value()["metrics"].size(), 7U);
}

TEST_F(TrackingRoutesTest, InputsAndOutputsOfARun) {
  const auto id = NewRun();
  const auto model =
      Posted("logged-models", {{"experiment_id", "0"}, {"name", "m"}})["model"]["info"]["model_id"].get<std::string>();
  const Json dataset = {{"name", "d"}, {"digest", "1"}, {"source_type", "local"}, {"source", "{}"}, {"schema", "s"}};
  const Json tags = {{{"key", "mlflow.data.context"}, {"value", "training"}}};
  Posted("runs/log-inputs",
         {{"run_id", id}, {"datasets", {{{"tags", tags}, {"dataset", dataset}}}}, {"models", {{{"model_id", model}}}}});
  Posted("runs/outputs", {{"run_id", id}, {"models", {{{"model_id", model}, {"step", 3}}}}});
  const auto run = Run(id);
  EXPECT_EQ(run["inputs"]["dataset_inputs"], (Json{{{"tags", tags}, {"dataset", dataset}}}));
  EXPECT_EQ(run["inputs"]["model_inputs"], (Json{{{"model_id", model}}}));
  EXPECT_EQ(run["outputs"]["model_outputs"], (Json{{{"model_id", model}, {"step", 3}}}));
  Json long_name = dataset;
  long_name["name"] = std::string(501, 'n');
  EXPECT_EQ(Post("runs/log-inputs", {{"run_id", id}, {"datasets", {{{"dataset", long_name}}}}}).message(),
            "'name' exceeds the maximum length of 500 characters");

  http::ClientRequest request{.method = http::Method::kPost,
                              .url = "/ajax-api/2.0/mlflow/experiments/search-datasets",
                              .headers = {{"Content-Type", "application/json"}},
                              .body = R"({"experiment_ids": ["0"]})",
                              .body_file = {}};
  const auto found = http::LocalClient(router_).Send(request, {}).value();
  EXPECT_EQ(base::ParseJson(found.body, "found").value()["dataset_summaries"],
            (Json{{{"experiment_id", "0"}, {"name", "d"}, {"digest", "1"}, {"context", "training"}}}));
}

TEST_F(TrackingRoutesTest, ModelsThatClientsBeforeThreeLog) {
  const auto id = NewRun();
  const Json model = {{"run_id", id},
                      {"artifact_path", "model"},
                      {"utc_time_created", "2026-01-01"},
                      {"flavors", {{"sklearn", {{"config", {{"a", 1}}}, {"code", "c"}}}}}};
  Posted("runs/log-model", {{"run_id", id}, {"model_json", model.dump()}});
  Posted("runs/log-model", {{"run_id", id}, {"model_json", model.dump()}});
  std::string history;
  const auto tags = Run(id)["data"]["tags"];
  for (const auto& tag : tags) {
    if (tag["key"] == "mlflow.log-model.history") history = tag["value"];
  }
  const auto list = base::ParseJson(history, "history").value();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0]["flavors"], (Json{{"sklearn", {{"code", "c"}}}}));
  EXPECT_THAT(Post("runs/log-model", {{"run_id", id}, {"model_json", "{"}}).message(),
              HasSubstr("Malformed model info."));
  EXPECT_THAT(Post("runs/log-model", {{"run_id", id}, {"model_json", "{\"run_id\": \"\"}"}}).message(),
              HasSubstr("missing mandatory fields: {'artifact_path', 'flavors', 'utc_time_created'}"));
}

}  // namespace
}  // namespace gyre::api::mlflow
