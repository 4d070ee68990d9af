#include "api/mlflow/registry_routes.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "http/client.h"
#include "registry/testing/fake_links.h"
#include "registry/testing/temp_registry.h"
#include "webhooks/testing/receiver.h"

namespace gyre::api::mlflow {
namespace {

using base::Json;
using http::Method;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RegistryRoutesTest : public ::testing::Test {
 protected:
  RegistryRoutesTest() {
    registry_->Connect(fakes_.links());
    AddRegistryRoutes(router_, {.registry = *registry_, .webhooks = *webhooks_});
    fakes_.models["m-1"] = {.artifact_uri = "mlflow-artifacts:/0/models/m-1/artifacts", .run_id = "r1"};
  }

  Json Send(Method method, const std::string& path, const std::string& body, int status = 200) {
    http::LocalClient client(router_);
    const auto answer = client.Send({.method = method,
                                     .url = "http://x/api/2.0/mlflow/" + path,
                                     .headers = {{"Content-Type", "application/json"}},
                                     .body = body},
                                    {});
    EXPECT_TRUE(answer);
    EXPECT_EQ(answer->status, status) << path << " " << body << " " << answer->body;
    return base::ParseJson(answer->body, path).value();
  }
  Json Post(const std::string& path, const Json& body, int status = 200) {
    return Send(Method::kPost, path, base::DumpJson(body), status);
  }
  Json Get(const std::string& path, int status = 200) { return Send(Method::kGet, path, "", status); }
  std::string Refusal(Method method, const std::string& path, const Json& body, int status, std::string_view code) {
    const auto answer = Send(method, path, base::DumpJson(body), status);
    EXPECT_EQ(answer.value("error_code", ""), code) << answer;
    return answer.value("message", "");
  }
  void MakeVersion(const std::string& name = "rain") {
    if (!registry_->GetModel(registry::ModelName(name))) Post("registered-models/create", {{"name", name}});
    Post("model-versions/create", {{"name", name}, {"source", "s3://b/model"}});
  }

  registry::testing::FakeLinks fakes_;
  registry::testing::TempRegistry registry_;
  base::testing::SeededEntropy entropy_{3};
  base::Logger log_{{.level = base::LogLevel::kOff}};
  std::unique_ptr<webhooks::Webhooks> webhooks_ =
      webhooks::Webhooks::Open({.schemes = {"http", "https"}, .private_addresses = true},
                               {registry_.database(), registry_.clock(), entropy_, log_})
          .value();
  http::Router router_;
};

TEST_F(RegistryRoutesTest, AModelGoesThroughItsLife) {
  auto model =
      Post("registered-models/create",
           {{"name", "rain"}, {"description", "wet"}, {"tags", {{{"key", "a"}, {"value", "b"}}}}})["registered_model"];
  EXPECT_EQ(model, Json({{"name", "rain"},
                         {"description", "wet"},
                         {"creation_timestamp", 1380585600000},
                         {"last_updated_timestamp", 1380585600000},
                         {"tags", {{{"key", "a"}, {"value", "b"}}}}}));
  MakeVersion();
  Post("registered-models/alias", {{"name", "rain"}, {"alias", "champion"}, {"version", "1"}});
  Post("registered-models/set-tag", {{"name", "rain"}, {"key", "c"}, {"value", "d"}});
  Send(Method::kDelete, "registered-models/delete-tag", R"({"name": "rain", "key": "a"})");
  model = Get("registered-models/get?name=rain")["registered_model"];
  EXPECT_EQ(model["aliases"], Json({{{"alias", "champion"}, {"version", "1"}}}));
  EXPECT_EQ(model["tags"], Json({{{"key", "c"}, {"value", "d"}}}));
  EXPECT_EQ(model["latest_versions"][0]["version"], "1");
  EXPECT_FALSE(model["latest_versions"][0].contains("aliases"));
  model =
      Send(Method::kPatch, "registered-models/update", R"({"name": "rain", "description": ""})")["registered_model"];
  EXPECT_FALSE(model.contains("description"));
  EXPECT_EQ(Post("registered-models/rename", {{"name", "rain"}, {"new_name", "snow"}})["registered_model"]["name"],
            "snow");
  EXPECT_EQ(Get("registered-models/search")["registered_models"].size(), 1u);
  EXPECT_EQ(Send(Method::kDelete, "registered-models/delete", R"({"name": "snow"})"), Json::object());
  EXPECT_EQ(Get("registered-models/search"), Json::object());
}

TEST_F(RegistryRoutesTest, AVersionGoesThroughItsLife) {
  Post("registered-models/create", {{"name", "rain"}});
  auto version = Post("model-versions/create",
                      {{"name", "rain"}, {"source", "models:/m-1"}, {"model_id", "m-1"}})["model_version"];
  EXPECT_EQ(version, Json({{"name", "rain"},
                           {"version", "1"},
                           {"creation_timestamp", 1380585600000},
                           {"last_updated_timestamp", 1380585600000},
                           {"description", ""},
                           {"current_stage", "None"},
                           {"source", "models:/m-1"},
                           {"run_id", "r1"},
                           {"run_link", ""},
                           {"status", "READY"}}));
  EXPECT_EQ(Get("model-versions/get-download-uri?name=rain&version=1")["artifact_uri"],
            "mlflow-artifacts:/0/models/m-1/artifacts");
  Post("model-versions/set-tag", {{"name", "rain"}, {"version", "1"}, {"key", "a"}, {"value", "b"}});
  EXPECT_EQ(Get("model-versions/get?name=rain&version=1")["model_version"]["tags"],
            Json({{{"key", "a"}, {"value", "b"}}}));
  Send(Method::kDelete, "model-versions/delete-tag", R"({"name": "rain", "version": "1", "key": "a"})");
  version = Post("model-versions/transition-stage", {{"name", "rain"},
                                                     {"version", "1"},
                                                     {"stage", "staging"},
                                                     {"archive_existing_versions", false}})["model_version"];
  EXPECT_EQ(version["current_stage"], "Staging");
  EXPECT_EQ(Post("registered-models/get-latest-versions", {{"name", "rain"}, {"stages", {"Staging"}}})["model_versions"]
                .size(),
            1u);
  EXPECT_EQ(Get("registered-models/get-latest-versions?name=rain&stages=Production"), Json::object());
  version = Send(Method::kPatch, "model-versions/update", R"({"name": "rain", "version": "1"})")["model_version"];
  EXPECT_FALSE(version.contains("description"));
  EXPECT_EQ(Get("model-versions/search?filter=name%3D'rain'")["model_versions"].size(), 1u);
  EXPECT_EQ(Send(Method::kDelete, "model-versions/delete", R"({"name": "rain", "version": "1"})"), Json::object());
  EXPECT_EQ(Get("model-versions/search"), Json::object());
}

TEST_F(RegistryRoutesTest, AliasesLeadToVersions) {
  MakeVersion();
  MakeVersion();
  Post("registered-models/alias", {{"name", "rain"}, {"alias", "champion"}, {"version", "1"}});
  const auto by_alias = [&](const std::string& alias) {
    return Get("registered-models/alias?name=rain&alias=" + alias)["model_version"];
  };
  EXPECT_EQ(by_alias("champion")["version"], "1");
  EXPECT_EQ(by_alias("champion")["aliases"], Json({"champion"}));
  EXPECT_EQ(by_alias("latest")["version"], "2");
  const Json gone = {{"name", "rain"}, {"alias", "champion"}};
  EXPECT_EQ(Send(Method::kDelete, "registered-models/alias", base::DumpJson(gone)), Json::object());
  EXPECT_EQ(Send(Method::kDelete, "registered-models/alias", base::DumpJson(gone)), Json::object());
  EXPECT_EQ(
      Refusal(Method::kGet, "registered-models/alias?name=rain&alias=champion", {}, 400, "INVALID_PARAMETER_VALUE"),
      "Registered model alias champion not found.");
  const auto set = [&](const std::string& alias, const std::string& version, int status, std::string_view code) {
    return Refusal(Method::kPost, "registered-models/alias", {{"name", "rain"}, {"alias", alias}, {"version", version}},
                   status, code);
  };
  EXPECT_EQ(set("a b", "1", 400, "INVALID_PARAMETER_VALUE"),
            "Invalid alias name: 'a b'. Names may only contain alphanumerics, underscores (_), and dashes (-).");
  EXPECT_EQ(set("Latest", "1", 400, "INVALID_PARAMETER_VALUE"), "'latest' alias name (case insensitive) is reserved.");
  EXPECT_EQ(set("v12", "1", 400, "INVALID_PARAMETER_VALUE"), "Version alias name 'v12' is reserved.");
  EXPECT_EQ(set(std::string(256, 'a'), "1", 400, "INVALID_PARAMETER_VALUE"),
            "'Registered model alias name' exceeds the maximum length of 255 characters");
  EXPECT_EQ(set("a", "7", 404, "RESOURCE_DOES_NOT_EXIST"), "Model Version (name=rain, version=7) not found");
}

TEST_F(RegistryRoutesTest, SaysWhatIsWrongAsMLflowDoes) {
  const auto create = [&](const Json& body, int status, std::string_view code) {
    return Refusal(Method::kPost, "registered-models/create", body, status, code);
  };
  EXPECT_THAT(create({}, 400, "INVALID_PARAMETER_VALUE"), HasSubstr("Missing value for required parameter 'name'"));
  EXPECT_THAT(create({{"name", 5}}, 400, "INVALID_PARAMETER_VALUE"),
              HasSubstr("Invalid value 5 for parameter 'name' supplied"));
  EXPECT_EQ(create({{"name", "a/b"}}, 400, "INVALID_PARAMETER_VALUE"),
            "Invalid model name 'a/b'. Names cannot contain '/' or ':'.");
  EXPECT_EQ(create({{"name", " "}}, 400, "INVALID_PARAMETER_VALUE"), "Missing value for required parameter 'name'.");
  EXPECT_THAT(create({{"name", ".."}}, 400, "INVALID_PARAMETER_VALUE"), HasSubstr("must not resolve to other names"));
  EXPECT_THAT(create({{"name", "a"}, {"tags", {{{"key", "a//b"}}}}}, 400, "INVALID_PARAMETER_VALUE"),
              HasSubstr("Names may be treated as files"));
  Post("registered-models/create", {{"name", "rain"}});
  EXPECT_EQ(create({{"name", "rain"}}, 400, "RESOURCE_ALREADY_EXISTS"), "Registered Model (name=rain) already exists.");
  EXPECT_EQ(Refusal(Method::kGet, "registered-models/get?name=hail", {}, 404, "RESOURCE_DOES_NOT_EXIST"),
            "Registered Model with name=hail not found");
  EXPECT_EQ(Refusal(Method::kGet, "model-versions/get?name=rain&version=3", {}, 404, "RESOURCE_DOES_NOT_EXIST"),
            "Model Version (name=rain, version=3) not found");
  EXPECT_EQ(Refusal(Method::kGet, "model-versions/get?name=hail&version=1", {}, 404, "RESOURCE_DOES_NOT_EXIST"),
            "Model Version (name=hail, version=1) not found");
  EXPECT_EQ(Refusal(Method::kGet, "model-versions/get?name=rain&version=x", {}, 400, "INVALID_PARAMETER_VALUE"),
            "Parameter 'version' must be an integer, got 'x'.");
  EXPECT_EQ(Refusal(Method::kGet, "model-versions/get-download-uri", {}, 400, "INVALID_PARAMETER_VALUE"),
            "Missing value for required parameter 'name'.");
  EXPECT_THAT(Refusal(Method::kPost, "model-versions/create", {{"name", "rain"}, {"source", "/etc/passwd"}}, 400,
                      "INVALID_PARAMETER_VALUE"),
              HasSubstr("Invalid model version source: '/etc/passwd'"));
  EXPECT_THAT(Refusal(Method::kGet, "registered-models/search?max_results=1001", {}, 400, "INVALID_PARAMETER_VALUE"),
              HasSubstr("max_results"));
  EXPECT_THAT(
      Refusal(Method::kPost, "model-versions/set-tag",
              {{"name", "rain"}, {"version", "1"}, {"key", "mlflow.prompt.text"}, {"value", std::string(100'001, 'x')}},
              400, "INVALID_PARAMETER_VALUE"),
      HasSubstr("Prompt text exceeds max length of 100000 characters."));
}

TEST_F(RegistryRoutesTest, WebhooksComeAndGo) {
  webhooks::testing::Receiver receiver;
  const Json events = {{{"entity", "MODEL_VERSION"}, {"action", "CREATED"}},
                       {{"entity", "PROMPT"}, {"action", "CREATED"}}};
  const auto made =
      Post("webhooks", {{"name", "ours"}, {"url", receiver.url()}, {"events", events}, {"secret", "hush"}})["webhook"];
  EXPECT_EQ(made["events"], events);
  EXPECT_EQ(made["status"], "ACTIVE");
  EXPECT_FALSE(made.contains("secret"));
  EXPECT_FALSE(made.contains("description"));
  const auto path = "webhooks/" + made["webhook_id"].get<std::string>();
  EXPECT_EQ(Get(path)["webhook"], made);
  EXPECT_EQ(Get("webhooks")["webhooks"], Json({made}));
  const auto changed = Send(Method::kPatch, path, R"({"status": "DISABLED", "description": "x"})")["webhook"];
  EXPECT_EQ(changed["status"], "DISABLED");
  EXPECT_EQ(changed["description"], "x");
  EXPECT_EQ(changed["name"], "ours");
  EXPECT_EQ(Post(path + "/test", {})["result"],
            Json({{"success", true}, {"response_status", 200}, {"response_body", "taken"}}));
  Post(path + "/test", {{"event", {{"entity", "PROMPT"}, {"action", "CREATED"}}}});
  EXPECT_THAT(receiver.messages().back().body, HasSubstr("example_prompt"));
  EXPECT_EQ(Send(Method::kDelete, path, ""), Json::object());
  EXPECT_THAT(Refusal(Method::kGet, path, {}, 404, "RESOURCE_DOES_NOT_EXIST"), HasSubstr("Webhook with ID"));
  EXPECT_EQ(Get("webhooks"), Json::object());
  EXPECT_THAT(Refusal(Method::kPost, "webhooks",
                      {{"name", "a"}, {"url", "https://x.y"}, {"events", {{{"entity", "PROMPT"}, {"action", "SET"}}}}},
                      400, "INVALID_PARAMETER_VALUE"),
              HasSubstr("Invalid action 'set' for entity 'prompt'. Valid actions are: ['created']"));
}

}  // namespace
}  // namespace gyre::api::mlflow
