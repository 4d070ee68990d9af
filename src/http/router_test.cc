#include "http/router.h"

#include <gtest/gtest.h>

#include "http/client.h"

namespace gyre::http {
namespace {

Route RouteOf(Method method, std::string pattern) {
  return {.method = method, .pattern = std::move(pattern), .handler = [](const Request&, Response&) {}};
}

class RouterTest : public ::testing::Test {
 protected:
  void Add(std::string pattern, Method method = Method::kGet) { router_.Add(RouteOf(method, std::move(pattern))); }

  /// "PATTERN name=value ...", "405 ALLOWED" or "404".
  std::string Find(std::string_view path, Method method = Method::kGet) {
    const auto match = router_.Find(method, path, params_);
    if (match.method_not_allowed) return fmt::format("405 {}", match.allowed);
    if (match.route == nullptr) return "404";
    auto text = match.route->pattern;
    for (const auto& [name, value] : params_.items()) text += fmt::format(" {}={}", name, value);
    return text;
  }

  Router router_;
  PathParams params_;
};

TEST_F(RouterTest, TheMostLiteralMatchWins) {
  for (const auto* pattern : {"/", "/a/b", "/a/{x}", "/a/{x}/c", "/a/b/d", "/{rest...}", "/files/{path...}"})
    Add(pattern);
  EXPECT_EQ(Find("/"), "/");
  EXPECT_EQ(Find("/a/b"), "/a/b");
  EXPECT_EQ(Find("/a/z"), "/a/{x} x=z");
  EXPECT_EQ(Find("/a/b/c"), "/a/{x}/c x=b");
  EXPECT_EQ(Find("/a/b/d"), "/a/b/d");
  EXPECT_EQ(Find("/a/b/e"), "/{rest...} rest=a/b/e");
  EXPECT_EQ(Find("/files/x/y"), "/files/{path...} path=x/y");
  EXPECT_EQ(Find("/files/"), "/files/{path...} path=");
  EXPECT_EQ(Find("/files"), "/{rest...} rest=files");
}

TEST_F(RouterTest, SlashesAtTheEndCount) {
  Add("/a");
  EXPECT_EQ(Find("/a/"), "404");
  EXPECT_EQ(Find("/"), "404");
  EXPECT_EQ(Find("*"), "404");
}

TEST_F(RouterTest, DecodesSegmentBySegment) {
  Add("/models/{name}/files/{path...}");
  EXPECT_EQ(Find("/models/a%2Fb/files/c%20d/e"), "/models/{name}/files/{path...} name=a/b path=c d/e");
  EXPECT_EQ(Find("/%6Dodels/a/files/b"), "/models/{name}/files/{path...} name=a path=b");
  EXPECT_EQ(Find("/models%2Fa/files/b"), "404");
  EXPECT_EQ(Find("/models/a/files/%2Fetc"), "404");
  EXPECT_EQ(Find("/models/a/files/b%2F%2Fc"), "404");
  EXPECT_EQ(params_.Find("nothing"), std::nullopt);
}

TEST_F(RouterTest, FindsAnotherRouteForTheMethodBeforeItRefuses) {
  Add("/a/b", Method::kGet);
  Add("/a/{x}", Method::kPost);
  EXPECT_EQ(Find("/a/b", Method::kPost), "/a/{x} x=b");
  EXPECT_EQ(Find("/a/b", Method::kDelete), "405 GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(Find("/a/c", Method::kGet), "405 POST, OPTIONS");
  EXPECT_EQ(Find("/a/b", Method::kOptions), "405 GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(Find("/c", Method::kOptions), "404");
  EXPECT_EQ(Find("/a/b", Method::kHead), "/a/b");
}

TEST_F(RouterTest, TakesEightParameters) {
  Add("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h...}");
  EXPECT_EQ(Find("/1/2/3/4/5/6/7/8/9"), "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h...} a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=8/9");
}

using RouterDeathTest = RouterTest;

TEST_F(RouterDeathTest, BugsInRoutesAbort) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  Add("/a/{x}");
  EXPECT_DEATH(Add("a"), "starts with '/'");
  EXPECT_DEATH(Add("/b//c"), "empty segment");
  EXPECT_DEATH(Add("/b/"), "empty segment");
  EXPECT_DEATH(Add("/{}"), "needs a name");
  EXPECT_DEATH(Add("/b{x}"), "literal or a");
  EXPECT_DEATH(Add("/{r...}/b"), "last segment");
  EXPECT_DEATH(Add("/{x}/{x}"), "twice");
  EXPECT_DEATH(Add("/a/{x}"), "taken by /a/\\{x\\}");
  EXPECT_DEATH(Add("/a/{y}", Method::kPost), "otherwise");
  EXPECT_DEATH(Add("/h", Method::kHead), "by itself");
  EXPECT_DEATH(router_.Add({.pattern = "/n"}), "needs one handler");
  auto spooled = RouteOf(Method::kPost, "/s");
  spooled.execution = Execution::kInline;
  spooled.body_mode = BodyMode::kSpool;
  EXPECT_DEATH(router_.Add(std::move(spooled)), "spooled");
}

TEST(OpenApi, DescribesDocumentedRoutes) {
  Router router;
  auto route = RouteOf(Method::kPut, "/models/{name}/files/{path...}");
  route.doc = {.operation_id = "putFile",
               .summary = "Stores a file",
               .tag = "models",
               .parameters = {{.name = "note", .in = "query", .description = "why", .schema = {{"type", "string"}}}},
               .request_type = "application/octet-stream",
               .request_schema = {{"type", "string"}},
               .success_status = 201,
               .response_schema = {{"$ref", "#/components/schemas/File"}},
               .errors = {400, 404}};
  router.Add(std::move(route));
  router.Add(RouteOf(Method::kGet, "/hidden"));
  const auto document = OpenApiDocument(router, "Gyre", "1.2", {{"File", {{"type", "object"}}}});
  EXPECT_EQ(document["openapi"], "3.1.0");
  EXPECT_EQ(document["info"], base::ParseJson(R"({"title": "Gyre", "version": "1.2"})", "test").value());
  EXPECT_EQ(document["paths"].size(), 1u);
  const auto& operation = document["paths"]["/models/{name}/files/{path}"]["put"];
  EXPECT_EQ(operation["operationId"], "putFile");
  EXPECT_EQ(operation["tags"], base::Json::array({"models"}));
  EXPECT_EQ(operation["requestBody"]["content"]["application/octet-stream"]["schema"]["type"], "string");
  ASSERT_EQ(operation["parameters"].size(), 3u);
  EXPECT_EQ(operation["parameters"][0],
            base::ParseJson(R"({"name": "name", "in": "path", "required": true, "schema": {"type": "string"}})", "test")
                .value());
  EXPECT_EQ(operation["parameters"][2]["in"], "query");
  const auto& responses = operation["responses"];
  EXPECT_EQ(responses.size(), 5u);
  EXPECT_EQ(responses["201"]["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/File");
  for (const auto* status : {"400", "404", "500", "503"}) {
    EXPECT_EQ(responses[status]["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/Error");
  }
  EXPECT_TRUE(document["components"]["schemas"].contains("File"));
  EXPECT_EQ(document["components"]["schemas"]["Error"]["required"],
            base::Json::array({"error_code", "message", "details"}));
}

TEST(OpenApiDeathTest, TwoOperationsOfOneNameAbort) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  Router router;
  for (const auto* pattern : {"/a", "/b"}) {
    auto route = RouteOf(Method::kGet, pattern);
    route.doc.operation_id = "same";
    router.Add(std::move(route));
  }
  EXPECT_DEATH(OpenApiDocument(router, "t", "v", {}), "'same' is taken");
}

TEST_F(RouterTest, AProtocolHasItsFormOfErrors) {
  router_.AddErrorForm("/api/x/", [](int status, const base::Error& error, Response& response) {
    response.SetText(status, "x: " + error.message());
  });
  LocalClient client(router_);
  const auto text = [&](const std::string& url) { return client.Send({.url = url}, {})->body; };
  EXPECT_EQ(text("/api/x/none"), "x: there is nothing at /api/x/none");
  EXPECT_TRUE(text("/api/x/%2e%2e/a").starts_with("x: the path has a"));
  EXPECT_TRUE(text("/api/y").contains("\"error_code\":\"NOT_FOUND\""));
}

}  // namespace
}  // namespace gyre::http
