#include "api/v1/internal/handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/v1/internal/docs.h"
#include "http/client.h"

namespace gyre::api::v1::internal {
namespace {

using ::testing::HasSubstr;

/// Routes that answer what the helpers make of a request.
class HandlersTest : public ::testing::Test {
 protected:
  HandlersTest() {
    router_.Add({.method = http::Method::kPost,
                 .pattern = "/body",
                 .handler = Answer([](const http::Request& request) { return JsonBody(request); }, 201)});
    router_.Add({.pattern = "/int", .handler = Answer([](const http::Request& request) -> base::Result<base::Json> {
                                      return base::Json(TRY(IntQuery(request, "n", 7, -5, 10)));
                                    })});
    router_.Add({.pattern = "/bool", .handler = Answer([](const http::Request& request) -> base::Result<base::Json> {
                                       return base::Json(TRY(BoolQuery(request, "b", true)));
                                     })});
  }
  http::ClientResponse Post(const std::string& body, const std::string& type = "application/json") {
    http::ClientRequest request{
        .method = http::Method::kPost, .url = "/body", .headers = {}, .body = body, .body_file = {}};
    if (!type.empty()) request.headers = {{"Content-Type", type}};
    return http::LocalClient(router_).Send(request, {}).value();
  }
  http::ClientResponse Get(const std::string& url) {
    http::ClientRequest request;
    request.url = url;
    return http::LocalClient(router_).Send(request, {}).value();
  }

  http::Router router_;
};

TEST_F(HandlersTest, ABodyIsAJsonObjectOrNothing) {
  EXPECT_EQ(Post(R"({"a": 1})").status, 201);
  EXPECT_EQ(Post(R"({"a": 1})").body, R"({"a":1})");
  EXPECT_EQ(Post("").body, "{}");
  for (const std::string body : {"[]", "5", "null", "{", "{\"a\": \"\xFF\"}", "{} {}", "{\"a\": NaN}"}) {
    const auto response = Post(body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(base::ParseJson(response.body, "error").value()["error_code"], "INVALID_ARGUMENT") << body;
  }
  EXPECT_EQ(Post("{\"a\":" + std::string(1000, '[') + std::string(1000, ']') + "}").status, 400);
}

TEST_F(HandlersTest, ABodyThatSaysItIsSomethingElseIsNotRead) {
  EXPECT_EQ(Post("{}", "").status, 201);
  EXPECT_EQ(Post("{}", "application/json; charset=utf-8").status, 201);
  EXPECT_EQ(Post("{}", "APPLICATION/JSON").status, 201);
  EXPECT_EQ(Post("{}", "application/merge-patch+json").status, 201);
  for (const auto* type : {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                           "application/jsonp", "text/json-ish"}) {
    const auto response = Post("{}", type);
    EXPECT_EQ(response.status, 415) << type;
    EXPECT_THAT(response.body, HasSubstr("send it as application/json"));
  }
}

TEST_F(HandlersTest, AQueryNumberLiesWithinItsBounds) {
  EXPECT_EQ(Get("/int").body, "7");
  EXPECT_EQ(Get("/int?n=-5").body, "-5");
  EXPECT_EQ(Get("/int?n=10").body, "10");
  for (const auto* n : {"11", "-6", "", "x", "1.0", "1e1", "0x1", "99999999999999999999", "+1+1"}) {
    const auto response = Get(std::string("/int?n=") + n);
    EXPECT_EQ(response.status, 400) << n;
    EXPECT_EQ(base::ParseJson(response.body, "error").value()["details"]["name"], "n");
  }
}

TEST_F(HandlersTest, AQueryTruthIsTrueOrFalse) {
  EXPECT_EQ(Get("/bool").body, "true");
  EXPECT_EQ(Get("/bool?b=false").body, "false");
  for (const auto* b : {"1", "", "TRUE", "no"}) EXPECT_EQ(Get(std::string("/bool?b=") + b).status, 400) << b;
}

TEST(DocTest, DescribesARouteInReadingOrder) {
  const http::RouteDoc doc = Doc("startRun", "runs", "Start a run")
                                 .Query("limit", "at most so many", Integer(1, 10))
                                 .Body(Object({{"name", NameSchema()}}, {"name"}))
                                 .Returns(Ref("Run"), 201)
                                 .Errors({404});
  EXPECT_EQ(doc.operation_id, "startRun");
  EXPECT_EQ(doc.success_status, 201);
  EXPECT_EQ(doc.parameters[0].schema, (base::Json{{"type", "integer"}, {"minimum", 1}, {"maximum", 10}}));
  EXPECT_EQ(doc.request_schema["additionalProperties"], false);
  EXPECT_EQ(doc.request_schema["required"], base::Json::array({"name"}));
  EXPECT_EQ(doc.response_schema["$ref"], "#/components/schemas/Run");
  EXPECT_THAT(doc.errors, ::testing::IsSupersetOf({400, 404, 413, 415}));
}

TEST(DocTest, AFileIsBytesOfItsType) {
  const http::RouteDoc doc =
      Doc("put", "blobs", "Store bytes").Upload("application/octet-stream").ReturnsFile("text/csv");
  EXPECT_EQ(doc.request_type, "application/octet-stream");
  EXPECT_EQ(doc.response_type, "text/csv");
  EXPECT_EQ(doc.response_schema["format"], "binary");
  EXPECT_THAT(doc.errors, ::testing::Not(::testing::Contains(415)));
}

}  // namespace
}  // namespace gyre::api::v1::internal
