#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "transfer/source.h"
#include "transfer/testing/fake_client.h"

namespace gyre::transfer {
namespace {

using base::Json;
using testing::FakeClient;

http::ClientResponse Ok(const Json& body) {
  return {.status = 200, .headers = {}, .body = body.dump()};
}

/// A small MLflow in two pages of everything.
base::Result<http::ClientResponse> Answer(const http::ClientRequest& request) {
  const auto& url = request.url;
  const auto has = [&](std::string_view text) { return url.find(text) != std::string::npos; };
  const auto body = request.body.empty() ? Json::object() : Json::parse(request.body);
  const bool second = body.contains("page_token") || has("page_token=2");
  const auto page = [&](const char* list, const Json& first, const Json& last) {
    return second ? Ok({{list, {last}}}) : Ok({{list, {first}}, {"next_page_token", "2"}});
  };
  if (has("experiments/search")) {
    return page("experiments", {{"experiment_id", "1"}, {"name", "a"}}, {{"experiment_id", "2"}, {"name", "b"}});
  }
  if (has("runs/search")) {
    return page("runs", {{"info", {{"run_id", "r1"}}}, {"data", {{"metrics", {{{"key", "k/x"}, {"value", 1}}}}}}},
                {{"info", Json::object()}});
  }
  if (has("runs/get")) {
    const Json models = {{"model_inputs", {{{"model_id", "m-1"}}}}};
    return Ok({{"run", {{"info", {{"run_id", "r1"}}}, {"inputs", models}}}});
  }
  if (has("metrics/get-history")) {
    EXPECT_TRUE(has("metric_key=k%2Fx"));
    return page("metrics", {{"key", "k/x"}, {"value", "NaN"}, {"timestamp", "5"}, {"step", 1}},
                {{"key", "k/x"}, {"value", 2}, {"timestamp", 6}, {"step", 2}});
  }
  if (has("registered-models/search")) {
    if (has("is_prompt")) {
      return Ok({{"registered_models",
                  {{{"name", "p"}, {"tags", {{{"key", "mlflow.prompt.is_prompt"}, {"value", "true"}}}}}}}});
    }
    return page("registered_models", {{"name", "m"}}, {{"name", "m"}});
  }
  if (has("model-versions/search")) {
    EXPECT_EQ(has("is_prompt"), has("%27p%27"));
    return page("model_versions", {{"name", "m"}, {"version", "2"}}, {{"name", "m"}, {"version", "1"}});
  }
  if (has("artifacts/list")) {
    if (has("path=sub")) return Ok({{"files", {{{"path", "sub/f"}, {"is_dir", false}, {"file_size", "3"}}}}});
    return Ok({{"files", {{{"path", "sub"}, {"is_dir", true}}, {{"path", "g"}, {"is_dir", false}, {"file_size", 0}}}}});
  }
  if (has("logged-models")) return http::ClientResponse{.status = 404, .headers = {}, .body = "{}"};
  return http::ClientResponse{.status = 200, .headers = {}, .body = "bytes"};
}

class ServerSourceTest : public ::testing::Test {
 protected:
  std::unique_ptr<Source> Open(FakeClient& client) {
    return OpenServerSource(Connection(client, {.url = "http://h", .headers = {}, .pause = [](int) {}}), report_);
  }
  Report report_;
};

TEST_F(ServerSourceTest, ReadsAllPages) {
  FakeClient client(Answer);
  const auto source = Open(client);
  std::vector<std::string> seen;
  ASSERT_TRUE(source->Experiments([&](Experiment& experiment) -> base::Result<void> {
    seen.push_back(experiment.name);
    return base::Ok();
  }));
  EXPECT_EQ(seen, (std::vector<std::string>{"a", "b"}));
}

TEST_F(ServerSourceTest, RunsWithTheirHistories) {
  FakeClient client(Answer);
  const auto source = Open(client);
  std::vector<Point> points;
  ASSERT_TRUE(source->Runs({.id = "1"}, [&](transfer::Run& run) {
    EXPECT_EQ(run.model_inputs, std::vector<std::string>{"m-1"});
    return source->Points(run, [&](std::span<const Point>& some) -> base::Result<void> {
      points.insert(points.end(), some.begin(), some.end());
      return base::Ok();
    });
  }));
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].time_ms, 5);
  EXPECT_EQ(points[1].step, 2);
  EXPECT_EQ(report_.lost(), 1) << "the run without an id";
}

TEST_F(ServerSourceTest, ModelsOncePromptsTooVersionsInOrder) {
  FakeClient client(Answer);
  const auto source = Open(client);
  std::vector<std::string> seen;
  ASSERT_TRUE(source->RegisteredModels([&](RegisteredModel& model) {
    seen.push_back(model.name);
    return source->Versions(model, [&](ModelVersion& version) -> base::Result<void> {
      seen.push_back(std::to_string(version.number));
      return base::Ok();
    });
  }));
  EXPECT_EQ(seen, (std::vector<std::string>{"m", "1", "2", "p", "1", "2"}));
}

TEST_F(ServerSourceTest, ServersWithoutLoggedModelsHaveNone) {
  FakeClient client(Answer);
  EXPECT_TRUE(Open(client)->LoggedModels({.id = "1"}, [](LoggedModel&) { return base::Ok(); }));
}

TEST_F(ServerSourceTest, ArtifactsOfAllFolders) {
  FakeClient client(Answer);
  const auto source = Open(client);
  const auto folder = base::TempFolder::Make(std::filesystem::temp_directory_path(), "server_source").value();
  const ArtifactOwner owner{.kind = ArtifactOwner::Kind::kRun, .id = "r1", .uri = "mlflow-artifacts:/1/r1/artifacts"};
  std::vector<std::string> seen;
  ASSERT_TRUE(source->Artifacts(owner, [&](ArtifactFile& file) -> base::Result<void> {
    seen.push_back(fmt::format("{} {}", file.path, file.size));
    const auto path = TRY(source->Fetch(owner, file, folder.path()));
    EXPECT_EQ(base::ReadFile(path, 100).value(), "bytes");
    return base::Ok();
  }));
  EXPECT_EQ(seen, (std::vector<std::string>{"g 0", "sub/f 3"}));
  EXPECT_EQ(client.requests.back(), "GET http://h/api/2.0/mlflow-artifacts/artifacts/1/r1/artifacts/sub/f");
}

TEST_F(ServerSourceTest, HostileAnswersEndIt) {
  std::string body;
  FakeClient client([&](const http::ClientRequest&) -> base::Result<http::ClientResponse> {
    return http::ClientResponse{.status = 200, .headers = {}, .body = body};
  });
  const auto source = Open(client);
  const auto ignore = [](auto&) { return base::Ok(); };
  body = R"({"experiments": [], "next_page_token": "again"})";
  EXPECT_EQ(source->Experiments(ignore).error().code(), base::ErrorCode::kCorrupt);
  body = R"({"experiments": 7})";
  EXPECT_FALSE(source->Experiments(ignore));
  body = R"({"files": [{"path": "../../etc/passwd", "is_dir": false}]})";
  EXPECT_FALSE(source->Artifacts({.id = "r", .uri = "x"}, ignore));
  body = R"({"files": [{"path": "loop", "is_dir": true}]})";
  EXPECT_TRUE(source->Artifacts({.id = "r", .uri = "x"}, ignore)) << "a folder that holds itself is read once";
}

}  // namespace
}  // namespace gyre::transfer
