#include "server/node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <thread>

#include "http/client.h"

namespace gyre::server {
namespace {

using http::Method;
using ::testing::HasSubstr;

class NodeTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open(Settings settings = {}) {
    settings.log_level = base::LogLevel::kOff;
    settings.port = 0;
    auto home = Home::Acquire(path_);
    ASSERT_TRUE(home) << home.error().ToString();
    auto node = Node::Open(std::move(*home),
                           {.settings = settings, .program = std::filesystem::read_symlink("/proc/self/exe")});
    ASSERT_TRUE(node) << node.error().ToString();
    node_ = std::move(*node);
    client_ = std::make_unique<http::LocalClient>(node_->router());
  }
  void Close() {
    client_.reset();
    node_.reset();
  }

  http::ClientResponse Send(Method method, const std::string& url, const std::string& body = "") {
    auto response = client_->Send({.method = method, .url = url, .headers = {}, .body = body, .body_file = {}}, {});
    EXPECT_TRUE(response) << response.error().ToString();
    return response.value();
  }
  /// The JSON of an answer that must have this status.
  base::Json Json(Method method, const std::string& url, const base::Json& body = nullptr, int status = 200) {
    const auto response = Send(method, url, body.is_null() ? "" : base::DumpJson(body));
    EXPECT_EQ(response.status, status) << url << ": " << response.body;
    return base::ParseJson(response.body, "answer", 256).value();
  }
  std::string Put(std::string_view bytes) {
    return base::ParseJson(Send(Method::kPost, "/api/v1/blobs", std::string(bytes)).body, "answer").value()["sha256"];
  }
  /// scikit-learn's pipeline over temp, humid, hour and origin, serving at "rain".
  void ServeRain() {
    const auto onnx =
        base::ReadFile(std::filesystem::path(GYRE_SOURCE_DIR) / "src/onnx/testdata/pipeline.onnx", 1 << 24);
    EXPECT_EQ(Send(Method::kPost, "/api/v1/models/rain/versions", *onnx).status, 201);
    Json(Method::kPut, "/api/v1/endpoints/rain", {{"version", "rain/1"}});
  }
  static base::Json Row() { return {{"temp", 10.5}, {"humid", 80}, {"hour", 3}, {"origin", "EWR"}}; }

  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-node-test").value();
  std::filesystem::path path_ = folder_.path() / "home";
  std::unique_ptr<Node> node_;
  std::unique_ptr<http::Client> client_;
};

TEST_F(NodeTest, IsReadyAndTellsItsVersion) {
  EXPECT_EQ(Send(Method::kGet, "/healthz").body, "ok\n");
  EXPECT_EQ(Send(Method::kGet, "/readyz").status, 200);
  EXPECT_THAT(Send(Method::kGet, "/version").body, ::testing::MatchesRegex("[0-9.]+"));
  EXPECT_EQ(Send(Method::kGet, "/metrics").status, 200);
  node_->Stop();
  EXPECT_EQ(Send(Method::kGet, "/readyz").status, 503);
  node_->Stop();
}

/// Every "$ref" below `json`.
void CollectRefs(const base::Json& json, std::set<std::string>& refs) {
  if (json.is_object() && json.contains("$ref") && json["$ref"].is_string()) refs.insert(json["$ref"]);
  if (json.is_structured()) {
    for (const auto& item : json) CollectRefs(item, refs);
  }
}

TEST_F(NodeTest, ItsDocumentRefersOnlyToSchemasThatAreThereAndUsesAllOfThem) {
  const auto document = Json(Method::kGet, "/api/openapi.json");
  std::set<std::string> refs;
  CollectRefs(document, refs);
  for (const auto& ref : refs) {
    ASSERT_TRUE(ref.starts_with("#/components/schemas/")) << ref;
    EXPECT_TRUE(document["components"]["schemas"].contains(ref.substr(21))) << ref;
  }
  for (const auto& [name, schema] : document["components"]["schemas"].items())
    EXPECT_TRUE(refs.contains("#/components/schemas/" + name)) << name << " is used nowhere";
}

TEST_F(NodeTest, EveryRouteAnswersUnknownThingsByName) {
  const std::string run(32, '0');
  const std::vector<std::pair<std::string, std::string>> unknown = {
      {"/api/v1/datasets/none", "none"},
      {"/api/v1/datasets/none/versions", "none"},
      {"/api/v1/datasets/none/versions/1", "none"},
      {"/api/v1/models/none", "none"},
      {"/api/v1/models/none/versions/1", "none"},
      {"/api/v1/models/none/versions/x", "version"},
      {"/api/v1/models/none/versions/0", "version"},
      {"/api/v1/models/none/versions/1/files/card.md", "none"},
      {"/api/v1/endpoints/none", "none"},
      {"/api/v1/endpoints/none/loop", "none"},
      {"/api/v1/canaries/none", "none"},
      {"/api/v1/windows/none", "none"},
      {"/api/v1/alarms/none", "none"},
      {"/api/v1/cycles/none", "none"},
      {"/api/v1/experiments/99", "99"},
      {"/api/v1/experiments/99/runs", "99"},
      {"/api/v1/runs/" + run, run},
      {"/api/v1/runs/" + run + "/metrics/a/b", run},
      {"/api/v1/pipeline-runs/" + run, run},
      {"/api/v1/projects/none", "none"},
      {"/api/v1/blobs/" + std::string(64, '0'), ""},
      {"/api/v1/blobs/" + std::string(64, '0') + "/content", ""},
      {"/endpoints/none/openapi.json", "none"},
  };
  for (const auto& [url, name] : unknown) {
    const auto answer = Json(Method::kGet, url, nullptr, 404);
    EXPECT_EQ(answer["error_code"], "NOT_FOUND") << url;
    EXPECT_FALSE(answer["message"].get<std::string>().empty());
    if (!name.empty()) {
      EXPECT_EQ(answer["details"]["name"], name) << url;
    }
  }
}

TEST_F(NodeTest, RequestsThatAreWrongAreRefusedByField) {
  struct Wrong {
    Method method;
    std::string url;
    std::string body;
    int status;
    std::string name;
  };
  const std::vector<Wrong> wrong = {
      {Method::kGet, "/api/v1/pipeline-runs?limit=0", "", 400, "limit"},
      {Method::kGet, "/api/v1/pipeline-runs?limit=1e3", "", 400, "limit"},
      {Method::kGet, "/api/v1/audit?after=-1", "", 400, "after"},
      {Method::kGet, "/api/v1/blobs/xyz", "", 400, ""},
      {Method::kPost, "/api/v1/blobs/missing", "[]", 400, "body"},
      {Method::kPost, "/api/v1/blobs/missing", "{", 400, ""},
      {Method::kPost, "/api/v1/blobs/missing", R"({"sha": []})", 400, "body.sha"},
      {Method::kPost, "/api/v1/blobs/missing", R"({"sha256": ["x"]})", 400, ""},
      {Method::kPost, "/api/v1/projects", "{}", 400, "gyre.yaml"},
      {Method::kPost, "/api/v1/projects", R"({"files": {"gyre.yaml": 5}})", 400, "files.gyre.yaml"},
      {Method::kPost, "/api/v1/projects/none/pipelines/p/runs", "{}", 404, "none"},
      {Method::kPost, "/api/v1/projects/none/pipelines/p/runs", R"({"forse": true})", 400, "body.forse"},
      {Method::kPost, "/api/v1/steps/nonsense/runs", "{}", 400, "nonsense"},
      {Method::kPost, "/api/v1/steps/ingest/runs", R"({"with": []})", 400, "body.with"},
      {Method::kPut, "/api/v1/endpoints/rain", "{}", 400, "body.version"},
      {Method::kPut, "/api/v1/endpoints/rain", R"({"version": "none/1"})", 404, "none"},
      {Method::kPut, "/api/v1/endpoints/.hidden", R"({"version": "none/1"})", 400, "name"},
      {Method::kPost, "/api/v1/canaries/none/end", R"({"decision": "explode"})", 400, ""},
      {Method::kPost, "/api/v1/models/rain/versions", "no graph", 400, ""},
      {Method::kPost, "/endpoints/none/predict", "{}", 404, "none"},
      {Method::kPost, "/endpoints/none/labels", "[]", 404, "none"},
  };
  for (const auto& [method, url, body, status, name] : wrong) {
    const auto response = Send(method, url, body);
    const bool refused = response.status == status || (status == 400 && response.status == 422);
    EXPECT_TRUE(refused) << url << " " << body << ": " << response.status << " " << response.body;
    const auto answer = base::ParseJson(response.body, "answer").value();
    EXPECT_TRUE(answer.contains("error_code")) << response.body;
    if (!name.empty()) {
      EXPECT_EQ(answer["details"].value("name", ""), name) << url << " " << body;
    }
  }
}

TEST_F(NodeTest, AProjectIsCheckedWholeBeforeItIsSaved) {
  const auto save = [&](std::string_view yaml) {
    return Send(Method::kPost, "/api/v1/projects", base::DumpJson({{"files", {{"gyre.yaml", Put(yaml)}}}}));
  };
  for (const auto* yaml : {"project: 5", "project: [a]", "pipelines: {}", "project: a/b\npipelines: {}", "just text",
                           "[1]", "project: p\npipelines: 3", "project: p\nendpoints: {e: {monitr: {}}}\npipelines: {}",
                           "project: p\nendpoints: {../e: {}}\npipelines: {}", "project: p\nextra: 1\npipelines: {}",
                           "project: p\npipelines: {a: {steps: [{name: s, uses: nothing}]}}", "a: *unknown"}) {
    const auto response = save(yaml);
    EXPECT_EQ(response.status, 400) << yaml << ": " << response.body;
  }
  EXPECT_TRUE(Json(Method::kGet, "/api/v1/projects")["projects"].empty());
  EXPECT_EQ(save("project: p\npipelines: {}").status, 201);
  EXPECT_EQ(Json(Method::kGet, "/api/v1/projects/p")["project"], "p");
}

TEST_F(NodeTest, APipelineRunsOnlySnapshotsOfItsProject) {
  const auto save = [&](const std::string& project) {
    const auto yaml = fmt::format(
        "project: {}\npipelines: {{p: {{steps: [{{name: a, run: 'true', outputs: {{x: x.txt}}}}]}}}}", project);
    return Json(Method::kPost, "/api/v1/projects", {{"files", {{"gyre.yaml", Put(yaml)}}}}, 201)["id"]
        .get<std::string>();
  };
  const auto one = save("one");
  const auto two = save("two");
  Json(Method::kPost, "/api/v1/projects/one/pipelines/p/runs", {{"snapshot", two}}, 400);
  const auto run = Json(Method::kPost, "/api/v1/projects/one/pipelines/p/runs", {{"snapshot", one}}, 201);
  const auto ended =
      Json(Method::kGet, fmt::format("/api/v1/pipeline-runs/{}?wait_seconds=20", run["id"].get<std::string>()));
  EXPECT_EQ(ended["state"], "failed");
  EXPECT_THAT(ended["error"]["message"].get<std::string>(), HasSubstr("'x.txt'"));
  Json(Method::kPost, fmt::format("/api/v1/pipeline-runs/{}/cancel", run["id"].get<std::string>()), nullptr, 409);
}

TEST_F(NodeTest, ABlobComesBackAsItWasSent) {
  const std::string bytes("\0binary\xFF\n", 9);
  const auto digest = Put(bytes);
  EXPECT_EQ(Json(Method::kGet, "/api/v1/blobs/" + digest)["size"], 9);
  EXPECT_EQ(Json(Method::kPost, "/api/v1/blobs/missing", {{"sha256", {digest, std::string(64, 'a')}}})["missing"],
            base::Json::array({std::string(64, 'a')}));
}

TEST_F(NodeTest, ServesAModelFromOutsideFromRegistrationToLabels) {
  ServeRain();
  const auto answer = Json(Method::kPost, "/endpoints/rain/predict", Row());
  EXPECT_EQ(answer["model_version"], "rain/1");
  const auto id = answer["predictions"][0]["prediction_id"].get<std::string>();
  const auto refused = Json(Method::kPost, "/endpoints/rain/predict", {{"temp", "hot"}}, 422);
  EXPECT_EQ(refused["error_code"], "UNPROCESSABLE");
  const base::Json labels = {{{"prediction_id", id}, {"label", "rain"}},
                             {{"prediction_id", std::string(32, '0')}, {"label", "rain"}}};
  // A row can be labelled as soon as it was answered, or the moment after.
  base::Json receipt = {{"accepted", 0}};
  for (int i = 0; i < 200 && receipt.value("accepted", 0) == 0; ++i) {
    receipt = Json(Method::kPost, "/endpoints/rain/labels", labels);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(receipt["accepted"], 1);
  EXPECT_EQ(receipt["unknown"], base::Json::array({std::string(32, '0')}));
  EXPECT_EQ(Json(Method::kPost, "/endpoints/rain/labels", labels)["duplicate"], 1);
  EXPECT_EQ(Json(Method::kGet, "/api/v1/endpoints/rain")["labels"], 1);
  EXPECT_TRUE(Json(Method::kGet, "/endpoints/rain/openapi.json")["paths"].contains("/endpoints/rain/predict"));
}

TEST_F(NodeTest, LabelsThatAreNoneAreRefusedByRow) {
  ServeRain();
  const auto name = [&](const base::Json& labels) {
    return Json(Method::kPost, "/endpoints/rain/labels", labels, 400)["details"].value("name", "");
  };
  EXPECT_EQ(name({{{"prediction_id", "x"}}}), "[0].label");
  EXPECT_EQ(name({{{"prediction_id", "x"}, {"label", 1.5}}}), "[0].label");
  EXPECT_EQ(name({{{"label", "rain"}}}), "[0].prediction_id");
  EXPECT_EQ(name({{{"prediction_id", "x"}, {"label", "rain"}, {"observed", "now"}}}), "[0].observed");
}

TEST_F(NodeTest, AVersionThatServesCannotBeDeleted) {
  ServeRain();
  EXPECT_EQ(Json(Method::kDelete, "/api/v1/models/rain/versions/1", nullptr, 409)["details"]["name"], "rain/1");
  Json(Method::kDelete, "/api/v1/endpoints/rain");
  Json(Method::kPut, "/api/v1/models/rain/aliases/best", {{"version", 1}});
  EXPECT_EQ(Json(Method::kDelete, "/api/v1/models/rain/versions/1")["deleted"], "rain/1");
  Json(Method::kGet, "/api/v1/models/rain/versions/1", nullptr, 404);
}

TEST_F(NodeTest, WhatItWasToldIsThereAfterARestart) {
  ServeRain();
  const auto digest = Put("kept");
  Close();
  Open();
  EXPECT_EQ(Json(Method::kGet, "/api/v1/endpoints/rain")["champion"], "rain/1");
  EXPECT_EQ(Json(Method::kGet, "/api/v1/endpoints/rain")["serving"], true);
  EXPECT_EQ(Json(Method::kPost, "/endpoints/rain/predict", Row())["predictions"].size(), 1u);
  EXPECT_EQ(Json(Method::kGet, "/api/v1/blobs/" + digest)["size"], 4);
  EXPECT_EQ(Json(Method::kGet, "/api/v1/audit/verify")["intact"], true);
}

TEST_F(NodeTest, ListensWhereItSaysAndStopsListening) {
  const auto url = node_->Listen().value();
  EXPECT_EQ(Home::Holder(path_).value()->url, url);
  const auto remote = http::Client::Make().value();
  http::ClientRequest request;
  request.url = url + "/healthz";
  EXPECT_EQ(remote->Send(request, {}).value().body, "ok\n");
  request.url = url + "/metrics";
  EXPECT_THAT(remote->Send(request, {}).value().body, HasSubstr("# TYPE gyre_"));
  node_->Stop();
  EXPECT_EQ(remote->Send(request, {}).error().code(), base::ErrorCode::kUnavailable);
}

TEST_F(NodeTest, ListensToStrangersOnlyOnPurpose) {
  Close();
  Settings settings;
  settings.host = "0.0.0.0";
  Open(settings);
  EXPECT_EQ(node_->Listen().error().name(), "host");
}

TEST_F(NodeTest, AHomeThatCannotBeOpenedIsAnError) {
  Close();
  ASSERT_TRUE(base::WriteFileAtomic(path_ / "meta.db", "this is no database, but long enough to look like one"));
  auto home = Home::Acquire(path_).value();
  EXPECT_FALSE(Node::Open(std::move(home), {.settings = {.log_level = base::LogLevel::kOff}, .program = "/bin/true"}));
}

}  // namespace
}  // namespace gyre::server
