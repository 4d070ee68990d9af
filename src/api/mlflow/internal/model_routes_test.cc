// The routes of logged models and searches, the probes, and what is not served, over a real tracker.
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

class ModelRoutesTest : public ::testing::Test {
 protected:
  ModelRoutesTest() { AddRoutes(router_, {.tracker = *tracker_}); }

  Reply Post(const std::string& path, const Json& body) { return client_.Post("2.0/mlflow/" + path, body); }
  Json NewModel(const std::string& name) {
    return Post("logged-models", {{"experiment_id", "0"},
                                  {"name", name},
                                  {"params", {{{"key", "depth"}, {"value", "3"}}}},
                                  {"tags", {{{"key", "a"}, {"value", "b"}}}}})
        .body["model"];
  }
  std::string NewRun(int64_t start) {
    return Post("runs/create", {{"experiment_id", "0"}, {"start_time", start}}).body["run"]["info"]["run_id"];
  }

  tracking::testing::TempTracker tracker_;
  http::Router router_;
  testing::WireClient client_{router_};
};

TEST_F(ModelRoutesTest, ALoggedModelsLife) {
  const auto model = NewModel("tree");
  const auto id = model["info"]["model_id"].get<std::string>();
  EXPECT_THAT(id, MatchesRegex("m-[0-9a-f]{32}"));
  EXPECT_EQ(model["info"]["status"], "LOGGED_MODEL_PENDING");
  EXPECT_EQ(model["info"]["model_type"], "");
  EXPECT_EQ(model["info"]["source_run_id"], "");
  EXPECT_EQ(model["info"]["artifact_uri"], "mlflow-artifacts:/0/models/" + id + "/artifacts");
  EXPECT_EQ(model["data"]["params"], (Json{{{"key", "depth"}, {"value", "3"}}}));

  const auto path = "2.0/mlflow/logged-models/" + id;
  const auto ready = client_.Patch(path, {{"model_id", id}, {"status", "LOGGED_MODEL_READY"}});
  EXPECT_EQ(ready.body["model"]["info"]["status"], "LOGGED_MODEL_READY");
  EXPECT_EQ(client_.Patch(path, {{"model_id", id}, {"status", 3}}).body["model"]["info"]["status"],
            "LOGGED_MODEL_UPLOAD_FAILED");
  EXPECT_THAT(client_.Patch(path, {{"model_id", id}}).message(), HasSubstr("'status'"));

  EXPECT_EQ(client_.Post(path + "/params", Json{{"model_id", id}, {"params", {{{"key", "lr"}, {"value", "1"}}}}}).body,
            Json::object());
  EXPECT_EQ(client_.Patch(path + "/tags", {{"tags", {{{"key", "a/b"}, {"value", "c"}}}}}).status, 200);
  EXPECT_EQ(client_.Delete(path + "/tags/a%2Fb", Json::object()).status, 200);
  EXPECT_EQ(client_.Delete(path + "/tags/a%2Fb", Json::object()).status, 404);
  const auto after = client_.Get(path).body["model"];
  EXPECT_EQ(after["data"]["params"].size(), 2U);
  EXPECT_EQ(after["info"]["tags"], (Json{{{"key", "a"}, {"value", "b"}}}));

  EXPECT_EQ(client_.Delete(path, Json::object()).status, 200);
  const auto gone = client_.Get(path);
  EXPECT_EQ(gone.status, 404);
  EXPECT_THAT(gone.message(), StartsWith("Logged model with ID '" + id + "' not found."));
}

TEST_F(ModelRoutesTest, NamesOfLoggedModels) {
  EXPECT_THAT(Post("logged-models", {{"experiment_id", "0"}, {"name", "a/b"}}).message(),
              HasSubstr("Invalid model name ('a/b') provided."));
  EXPECT_NE(Post("logged-models", {{"experiment_id", "0"}}).body["model"]["info"]["name"], "");
  EXPECT_EQ(Post("logged-models", {{"experiment_id", "77"}}).status, 404);
}

TEST_F(ModelRoutesTest, MetricsOfALoggedModel) {
  const auto id = NewModel("tree")["info"]["model_id"].get<std::string>();
  const auto run = NewRun(1);
  Post("runs/log-metric", {{"run_id", run},
                           {"key", "acc"},
                           {"value", 0.5},
                           {"timestamp", 5},
                           {"model_id", id},
                           {"dataset_name", "d"},
                           {"dataset_digest", "1"}});
  EXPECT_EQ(client_.Get("2.0/mlflow/logged-models/" + id).body["model"]["data"]["metrics"],
            (Json{{{"key", "acc"},
                   {"value", 0.5},
                   {"timestamp", 5},
                   {"step", 0},
                   {"model_id", id},
                   {"run_id", run},
                   {"dataset_name", "d"},
                   {"dataset_digest", "1"}}}));
}

TEST_F(ModelRoutesTest, RunsAreSearchedInPages) {
  std::vector<std::string> runs;
  for (int i = 0; i < 5; ++i) runs.push_back(NewRun(1000 + i));
  Post("runs/log-metric", {{"run_id", runs[2]}, {"key", "acc"}, {"value", 0.9}, {"timestamp", 1}});
  const auto page = Post("runs/search", {{"experiment_ids", {"0"}}, {"max_results", 2}}).body;
  ASSERT_EQ(page["runs"].size(), 2U);
  EXPECT_EQ(page["runs"][0]["info"]["run_id"], runs[4]);
  const auto next =
      Post("runs/search", {{"experiment_ids", {"0"}}, {"max_results", 4}, {"page_token", page["next_page_token"]}})
          .body;
  EXPECT_EQ(next["runs"].size(), 3U);
  EXPECT_FALSE(next.contains("next_page_token"));
  const auto found = Post("runs/search", {{"experiment_ids", {"0"}}, {"filter", "metrics.acc > 0.5"}}).body;
  ASSERT_EQ(found["runs"].size(), 1U);
  EXPECT_EQ(found["runs"][0]["data"]["metrics"][0]["key"], "acc");
  EXPECT_EQ(found["runs"][0]["outputs"], Json::object());
  EXPECT_EQ(Post("runs/search", Json::object()).body, Json::object());
  Post("runs/delete", {{"run_id", runs[0]}});
  EXPECT_EQ(Post("runs/search", {{"experiment_ids", {"0"}}, {"run_view_type", "DELETED_ONLY"}}).body["runs"].size(),
            1U);
  EXPECT_EQ(Post("runs/search", {{"experiment_ids", {"ALL"}}, {"run_view_type", "ALL"}}).body["runs"].size(), 5U);
}

TEST_F(ModelRoutesTest, MistakesInSearches) {
  const std::vector<std::pair<Json, std::string>> mistakes = {
      {{{"max_results", 50001}},
       "Invalid value 50001 for parameter 'max_results' supplied:  Hint: Value was of type 'int'."},
      {{{"max_results", 0}}, "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"},
      {{{"experiment_ids", {"x"}}}, "Invalid experiment ID 'x'. Experiment ID must be a valid integer."},
      {{{"experiment_ids", "0"}}, "Invalid value \"0\" for parameter 'experiment_ids' supplied"},
      {{{"experiment_ids", {"0"}}, {"page_token", "bad"}}, "Invalid page token"},
      {{{"experiment_ids", {"0"}}, {"filter", "nope = 1"}}, "Invalid attribute key 'nope' specified"},
      {{{"experiment_ids", {"0"}}, {"filter", "metrics.a = 'x'"}}, "Expected numeric value type"},
  };
  for (const auto& [body, message] : mistakes) {
    const auto reply = Post("runs/search", body);
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_EQ(reply.code(), "INVALID_PARAMETER_VALUE") << body;
    EXPECT_THAT(reply.message(), HasSubstr(message)) << body;
  }
}

TEST_F(ModelRoutesTest, ExperimentsAreSearchedByGetAndPost) {
  Post("experiments/create", {{"name", "a"}});
  const auto posted = Post("experiments/search", {{"max_results", 5}, {"filter", "name LIKE 'a%'"}}).body;
  EXPECT_EQ(posted["experiments"].size(), 1U);
  const auto page = client_.Get("2.0/mlflow/experiments/search?max_results=1&order_by=name%20DESC").body;
  EXPECT_EQ(page["experiments"][0]["name"], "a");
  EXPECT_TRUE(page.contains("next_page_token"));
  EXPECT_EQ(client_.Get("2.0/mlflow/experiments/search").message(),
            "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer");
}

TEST_F(ModelRoutesTest, LoggedModelsAreSearched) {
  NewModel("a");
  NewModel("b");
  const auto found = Post("logged-models/search", {{"experiment_ids", {"0"}}, {"filter", "name = 'b'"}}).body;
  ASSERT_EQ(found["models"].size(), 1U);
  EXPECT_EQ(found["models"][0]["info"]["name"], "b");
  const auto ordered = Post("logged-models/search", {{"experiment_ids", {"0"}},
                                                     {"max_results", 1},
                                                     {"order_by", {{{"field_name", "name"}, {"ascending", false}}}}})
                           .body;
  EXPECT_EQ(ordered["models"][0]["info"]["name"], "b");
  EXPECT_TRUE(ordered.contains("next_page_token"));
  EXPECT_THAT(Post("logged-models/search", Json::object()).message(), HasSubstr("'experiment_ids'"));
  EXPECT_EQ(Post("logged-models/search", {{"experiment_ids", {"0"}}, {"datasets", {Json::object()}}}).message(),
            "`dataset_name` in the `datasets` clause must be specified.");
}

TEST_F(ModelRoutesTest, ProbesAndWhatIsNotServed) {
  http::ClientRequest request;
  request.url = "/version";
  EXPECT_EQ(http::LocalClient(router_).Send(request, {}).value().body, "3.18.0");
  request.url = "/health";
  EXPECT_EQ(http::LocalClient(router_).Send(request, {}).value().body, "OK");
  const auto info = client_.Get("3.0/mlflow/server-info").body;
  EXPECT_EQ(info["store_type"], "SqlStore");
  EXPECT_EQ(info["workspaces_enabled"], false);
  EXPECT_EQ(info["artifact_serving_enabled"], true);
  for (const auto* path : {"2.0/mlflow/nope", "3.0/mlflow/scorers/list", "2.0/mlflow/runs/create"}) {
    const auto reply = client_.Get(path);
    EXPECT_EQ(reply.status, 404) << path;
    EXPECT_EQ(reply.code(), "ENDPOINT_NOT_FOUND") << path;
  }
}

}  // namespace
}  // namespace gyre::api::mlflow
