#include "api/mlflow/internal/request_reader.h"

#include <array>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/mlflow/internal/handlers.h"
#include "api/mlflow/internal/messages.h"
#include "api/mlflow/internal/render.h"
#include "api/mlflow/testing/wire_client.h"

namespace gyre::api::mlflow::internal {
namespace {

using ::testing::HasSubstr;
using testing::Reply;

constexpr std::string_view kSeeDocs = " See the API docs for more information about request parameters.";

constexpr std::array kColorValues = {EnumValue{"RED", 1}, EnumValue{"BLUE", 4}};
constexpr std::array kLeafFields = {Field{.name = "key", .required = true},
                                    Field{.name = "real_value", .type = Type::kDouble}};
constexpr Descriptor kLeaf = {kLeafFields};
constexpr std::array kAllFields = {
    Field{.name = "run_id", .required = true, .alias = "run_uuid"},
    Field{.name = "count", .type = Type::kInt64},
    Field{.name = "small", .type = Type::kInt32, .max = 50},
    Field{.name = "ranged", .type = Type::kInt32, .min = 1, .max = 9, .range_message = "ranged must be 1 to 9."},
    Field{.name = "real_value", .type = Type::kDouble},
    Field{.name = "flag", .type = Type::kBool},
    Field{.name = "color", .type = Type::kEnum, .enumeration = kColorValues},
    Field{.name = "order_by", .repeated = true},
    Field{.name = "leaf", .type = Type::kMessage, .message = &kLeaf},
    Field{.name = "leaves", .type = Type::kMessage, .repeated = true, .message = &kLeaf}};
constexpr Descriptor kAll = {kAllFields};

/// Says what was read.
Answer Echo(const Call& call) {
  const auto& message = call.message;
  JsonWriter json(call.response.body);
  json.BeginObject().Text("run_id", message.Text("run_id")).Int("count", message.Int("count", -7));
  json.Int("small", message.Int("small")).Real("real_value", message.Real("real_value"));
  json.Bool("flag", message.Bool("flag")).Int("color", message.Enum("color").value_or(-1));
  json.BeginList("order_by");
  for (const auto& text : message.Texts("order_by")) json.Item(text);
  json.EndList();
  if (const auto leaf = message.Nested("leaf")) json.Text("leaf", leaf->Text("key"));
  json.BeginList("leaves");
  for (const auto leaf : message.Items("leaves")) {
    json.BeginObject().Text("key", leaf.Text("key")).Real("real_value", leaf.Real("real_value")).EndObject();
  }
  json.EndList().EndObject();
  return Done();
}

class RequestReaderTest : public ::testing::Test {
 protected:
  RequestReaderTest() {
    Wire wire(router_);
    wire.Add(http::Method::kPost, "all", kAll, Echo);
    wire.Add(http::Method::kGet, "all", kAll, Echo);
    wire.Add(http::Method::kPatch, "all", kAll, Echo);
    wire.Add(http::Method::kPost, "batch", messages::kLogBatch, [](const Call&) { return Done(); });
  }
  Reply Post(const std::string& body) { return client_.Post("all", body); }

  http::Router router_;
  testing::WireClient client_{router_};
};

TEST_F(RequestReaderTest, ReadsEveryTypeInEveryForm) {
  const auto reply =
      Post(R"({"run_id": "r", "count": "-12", "small": 5.0, "real_value": 1, "flag": true, "color": "BLUE",
      "order_by": ["a", "é\n"], "leaf": {"key": "k"}, "leaves": [{"key": "x", "real_value": "NaN"}, {"key": "y"}]})");
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.body,
            (base::Json{{"run_id", "r"},
                        {"count", -12},
                        {"small", 5},
                        {"real_value", 1.0},
                        {"flag", true},
                        {"color", 4},
                        {"order_by", {"a", "é\n"}},
                        {"leaf", "k"},
                        {"leaves", {{{"key", "x"}, {"real_value", "NaN"}}, {{"key", "y"}, {"real_value", 0.0}}}}}));
}

TEST_F(RequestReaderTest, WhatIsAbsentNullOrUnknownIsAbsent) {
  const auto reply = Post(R"({"run_id": "r", "count": null, "leaf": null, "order_by": null, "color": "GREEN",
      "unknown": {"deep": [[1]]}})");
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.body["count"], -7);
  EXPECT_EQ(reply.body["color"], -1) << "an enum's unknown name is ignored, as by protocol buffers";
  EXPECT_FALSE(reply.body.contains("leaf"));
  EXPECT_EQ(Post(R"({"run_id": "a", "run_id": "b"})").body["run_id"], "b") << "the last one counts";
  EXPECT_EQ(Post(R"({"run_id": "a", "run_id": null})").status, 400);
}

TEST_F(RequestReaderTest, NamesHaveOtherForms) {
  EXPECT_EQ(Post(R"({"runId": "r", "realValue": 2})").body["real_value"], 2.0);
  EXPECT_EQ(Post(R"({"run_uuid": "u"})").body["run_id"], "u");
  EXPECT_EQ(Post(R"({"run_uuid": "u", "run_id": "r"})").body["run_id"], "r");
  EXPECT_EQ(Post(R"({"run_id": "r", "run_uuid": "u"})").body["run_id"], "r");
  EXPECT_EQ(Post(R"({"run_id": "r", "runId": "r"})").message(),
            "Request specifies both 'run_id' and 'runId'; provide only one of them.");
  EXPECT_EQ(Post(R"({"run_id": "r", "leaves": [{"key": "k", "real_value": 1, "realValue": 1}]})").message(),
            "Request specifies both 'real_value' and 'realValue'; provide only one of them.");
}

struct Mistake {
  std::string body;
  std::string message;  ///< without the sentence about the documentation
};

TEST_F(RequestReaderTest, MistakesAreToldAsMlflowTellsThem) {
  const std::vector<Mistake> mistakes = {
      {"{}", "Missing value for required parameter 'run_id'."},
      {R"({"run_id": ""})", "Missing value for required parameter 'run_id'."},
      {R"({"run_id": null})", "Missing value for required parameter 'run_id'."},
      {R"({"run_id": 5})", "Invalid value 5 for parameter 'run_id' supplied:  Hint: Value was of type 'int'."},
      {R"({"run_id": ["a", {"b": 1, "a": null}]})",
       R"(Invalid value ["a",{"a":null,"b":1}] for parameter 'run_id' supplied:  Hint: Value was of type 'list'.)"},
      {R"({"run_id": "r", "count": "x"})",
       R"(Invalid value "x" for parameter 'count' supplied:  Hint: Value was of type 'str'.)"},
      {R"({"run_id": "r", "count": 1.5})",
       "Invalid value 1.5 for parameter 'count' supplied:  Hint: Value was of type 'float'."},
      {R"({"run_id": "r", "count": true})",
       "Invalid value true for parameter 'count' supplied:  Hint: Value was of type 'bool'."},
      {R"({"run_id": "r", "count": 99999999999999999999})",
       R"(Invalid value "99999999999999999999" for parameter 'count' supplied:  Hint: Value was of type 'str'.)"},
      {R"({"run_id": "r", "small": 3000000000})",
       "Invalid value 3000000000 for parameter 'small' supplied:  Hint: Value was of type 'int'."},
      {R"({"run_id": "r", "small": 51})",
       "Invalid value 51 for parameter 'small' supplied:  Hint: Value was of type 'int'."},
      {R"({"run_id": "r", "ranged": 0})", "ranged must be 1 to 9."},
      {R"({"run_id": "r", "real_value": "é"})",
       R"(Invalid value "\u00e9" for parameter 'real_value' supplied:  Hint: Value was of type 'str'.)"},
      {R"({"run_id": "r", "real_value": {}})",
       "Invalid value {} for parameter 'real_value' supplied:  Hint: Value was of type 'dict'."},
      {R"({"run_id": "r", "flag": "true"})",
       R"(Invalid value "true" for parameter 'flag' supplied:  Hint: Value was of type 'str'.)"},
      {R"({"run_id": "r", "color": 3})",
       "Invalid value 3 for parameter 'color' supplied:  Hint: Value was of type 'int'."},
      {R"({"run_id": "r", "order_by": "a"})",
       R"(Invalid value "a" for parameter 'order_by' supplied:  Hint: Value was of type 'str'.)"},
      {R"({"run_id": "r", "order_by": ["a", 1]})",
       R"(Invalid value ["a",1] for parameter 'order_by' supplied:  Hint: Value was of type 'list'.)"},
      {R"({"run_id": "r", "leaf": {}})", "Missing value for required parameter 'leaf.key'."},
      {R"({"run_id": "r", "leaf": 1})",
       "Invalid value 1 for parameter 'leaf' supplied:  Hint: Value was of type 'int'."},
      {R"({"run_id": "r", "leaves": [{"key": "k"}, {"real_value": 1}]})",
       "Missing value for required parameter 'leaves[1].key'."},
      {R"({"run_id": "r", "leaves": [{"key": "k", "real_value": "x"}]})",
       R"(Invalid value "x" for parameter 'leaves[0].real_value' supplied:  Hint: Value was of type 'str'.)"},
      {R"({"run_id": "r", "leaves": [5]})",
       "Invalid value 5 for parameter 'leaves[0]' supplied:  Hint: Value was of type 'int'."},
  };
  for (const auto& mistake : mistakes) {
    const auto reply = Post(mistake.body);
    EXPECT_EQ(reply.status, 400) << mistake.body;
    EXPECT_EQ(reply.code(), "INVALID_PARAMETER_VALUE") << mistake.body;
    EXPECT_EQ(reply.message(), mistake.message + std::string(kSeeDocs)) << mistake.body;
  }
}

TEST_F(RequestReaderTest, TheFirstFieldOfTheDescriptorIsComplainedOf) {
  EXPECT_THAT(Post(R"({"count": "x"})").message(), HasSubstr("'run_id'"));
  EXPECT_THAT(Post(R"({"leaves": 1, "count": "x", "run_id": "r"})").message(), HasSubstr("'count'"));
}

TEST_F(RequestReaderTest, ABatchNamesTheItemThatIsIncomplete) {
  EXPECT_EQ(
      client_.Post("batch", std::string(R"({"run_id": "r", "metrics": [{"value": 1, "timestamp": 1}]})")).message(),
      "Missing value for required parameter 'metrics[0].key'." + std::string(kSeeDocs));
  EXPECT_EQ(client_.Post("batch", std::string(R"({"run_id": "r", "metrics": [{"key": "a", "value": 1}]})")).message(),
            "Missing value for required parameter 'metrics[0].timestamp'." + std::string(kSeeDocs));
  EXPECT_EQ(client_.Post("batch", std::string(R"({"run_id": "r", "params": [{"key": "a"}, {"value": ""}]})")).message(),
            "Missing value for required parameter 'params[1].key'." + std::string(kSeeDocs));
  EXPECT_EQ(
      client_.Post("batch", std::string(R"({"run_id": "r", "metrics": {}})")).message(),
      "Invalid value {} for parameter 'metrics' supplied:  Hint: Value was of type 'dict'." + std::string(kSeeDocs));
}

TEST_F(RequestReaderTest, APostSaysThatItIsJson) {
  const std::string body = R"({"run_id": "r"})";
  EXPECT_EQ(client_.Send(http::Method::kPost, "all", body, "").message(),
            "Bad Request. Content-Type header is missing.");
  EXPECT_EQ(client_.Send(http::Method::kPost, "all", body, "text/plain").message(),
            "Bad Request. Content-Type must be one of ['application/json'].");
  EXPECT_EQ(client_.Send(http::Method::kPost, "all", body, "application/json; charset=utf-8").status, 200);
  EXPECT_EQ(client_.Send(http::Method::kPatch, "all", body, "").status, 200);
}

TEST_F(RequestReaderTest, BodiesThatArePythonsJsonOrNone) {
  EXPECT_EQ(Post(R"({"run_id": "r", "real_value": NaN})").body["real_value"], "NaN");
  EXPECT_EQ(Post(R"({"run_id": "NaN", "real_value": -Infinity})").body["real_value"], "-Infinity");
  EXPECT_EQ(Post(R"({"run_id": "r", "real_value": 123456789012345678901})").body["real_value"],
            123456789012345678901.0);
  EXPECT_EQ(Post(R"("{\"run_id\": \"inner\"}")").body["run_id"], "inner");
  for (const std::string body : {"", "null", "{", "{\"run_id\": \"\xFF\"}", "{\"run_id\": \"\\ud800\"}", "{} {}"}) {
    EXPECT_EQ(Post(body).message(), "Missing value for required parameter 'run_id'." + std::string(kSeeDocs)) << body;
  }
  for (const std::string body : {"[1]", "5", "\"5\"", "true"}) {
    const auto reply = Post(body);
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_EQ(reply.code(), "INVALID_PARAMETER_VALUE") << body;
  }
}

TEST_F(RequestReaderTest, HugeAndDeepBodiesAreRefused) {
  const auto deep = "{\"x\":" + std::string(5000, '[') + std::string(5000, ']') + "}";
  EXPECT_THAT(Post(deep).message(), HasSubstr("nested too deeply"));
  std::string many = R"({"run_id": "r", "leaves": [{})";
  for (int i = 0; i < 600'000; ++i) many += ",{}";
  EXPECT_THAT(Post(many + "]}").message(), HasSubstr("too many values"));
  std::string again = R"({"run_id": "r")";
  for (int i = 0; i < 300'000; ++i) again += R"(,"leaf":{"key":"k"})";
  EXPECT_THAT(Post(again + "}").message(), HasSubstr("too many values"));
  EXPECT_EQ(Post(R"({"run_id": "r"})").status, 200) << "and the next request is read as ever";
}

TEST_F(RequestReaderTest, AQueryIsReadAsTheMessageItSpells) {
  const auto reply = client_.Get(
      "all?run_id=r%20%22&count=12&real_value=0.5&flag=TRUE&color=RED&order_by=a&order_by=b&unknown=1&small=7");
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.body["run_id"], "r \"");
  EXPECT_EQ(reply.body["count"], 12);
  EXPECT_EQ(reply.body["real_value"], 0.5);
  EXPECT_EQ(reply.body["flag"], true);
  EXPECT_EQ(reply.body["color"], 1);
  EXPECT_EQ(reply.body["order_by"], (base::Json{"a", "b"}));
  EXPECT_EQ(client_.Get("all?run_id=a&run_id=b").body["run_id"], "a");
  EXPECT_EQ(client_.Get("all?run_uuid=u").body["run_id"], "u");
  EXPECT_EQ(client_.Get("all?run_id=r&order_by=a").body["order_by"], base::Json{"a"}) << "one is a list too";
  EXPECT_EQ(client_.Get("all?run_id=r&flag=1").message(), "Invalid boolean value: 1, must be 'true' or 'false'.");
  EXPECT_EQ(
      client_.Get("all?run_id=r&count=x").message(),
      R"(Invalid value "x" for parameter 'count' supplied:  Hint: Value was of type 'str'.)" + std::string(kSeeDocs));
  EXPECT_THAT(client_.Get("all").message(), HasSubstr("'run_id'"));
  EXPECT_EQ(client_.Send(http::Method::kGet, "all", R"({"run_id": "of the body"})").body["run_id"], "of the body");
}

TEST_F(RequestReaderTest, BothPrefixesAnswer) {
  http::ClientRequest request;
  request.url = "/ajax-api/all?run_id=r";
  EXPECT_EQ(http::LocalClient(router_).Send(request, {}).value().status, 200);
}

}  // namespace
}  // namespace gyre::api::mlflow::internal
