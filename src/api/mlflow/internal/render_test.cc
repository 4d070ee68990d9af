#include "api/mlflow/internal/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>

#include "api/mlflow/internal/errors.h"
#include "api/mlflow/internal/loose_json.h"
#include "api/mlflow/internal/python_text.h"
#include "base/json.h"

namespace gyre::api::mlflow::internal {
namespace {

TEST(JsonWriterTest, WritesNestedObjectsAndLists) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Text("a", "x\"\n").Int("b", std::numeric_limits<int64_t>::min()).Bool("c", false);
  json.BeginObject("d").EndObject().BeginList("e").Item("1").Item("é");
  json.BeginObject().TextIfAny("none", "").TextIfAny("f", "g").EndObject().EndList().EndObject();
  EXPECT_EQ(out, R"({"a":"x\"\n","b":-9223372036854775808,"c":false,"d":{},"e":["1","é",{"f":"g"}]})");
}

TEST(JsonWriterTest, RealNumbersStayReal) {
  std::string out;
  JsonWriter json(out);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  json.BeginObject().Real("a", 1).Real("b", 0.1).Real("c", 1e300).Real("d", std::numeric_limits<double>::quiet_NaN());
  json.Real("e", kInfinity).Real("f", -kInfinity).Real("g", -0.0).EndObject();
  EXPECT_EQ(out, R"({"a":1.0,"b":0.1,"c":1e+300,"d":"NaN","e":"Infinity","f":"-Infinity","g":-0.0})");
}

TEST(JsonWriterTest, TextThatIsNoUtf8IsStillJson) {
  std::string out;
  JsonWriter(out).BeginObject().Text("a", "\xFFz").EndObject();
  EXPECT_EQ(base::ParseJson(out, "out").value()["a"], "\xEF\xBF\xBDz");
}

TEST(PythonTextTest, NumbersAreWrittenAsReprWritesThem) {
  EXPECT_EQ(PythonFloat(1), "1.0");
  EXPECT_EQ(PythonFloat(0.1), "0.1");
  EXPECT_EQ(PythonFloat(1e15), "1000000000000000.0");
  EXPECT_EQ(PythonFloat(1e16), "1e+16");
  EXPECT_EQ(PythonFloat(1.5e-5), "1.5e-05");
  EXPECT_EQ(PythonFloat(0.0001), "0.0001");
  EXPECT_EQ(PythonFloat(-2.5), "-2.5");
  EXPECT_EQ(PythonFloat(std::numeric_limits<double>::quiet_NaN()), "nan");
}

TEST(PythonTextTest, TextIsQuotedAsPythonQuotes) {
  EXPECT_EQ(PythonJson(std::string_view("é\"")), R"("\u00e9\"")");
  EXPECT_EQ(PythonRepr("a'b"), "\"a'b\"");
  EXPECT_EQ(PythonRepr("a'\"b"), R"('a\'"b')");
}

TEST(LooseJsonTest, OnlyWhatTheStandardHasNotIsQuoted) {
  EXPECT_EQ(StrictJson(R"({"NaN": [NaN, -Infinity, Infinity, 1, -1.5], "a\"NaN": "Infinity"})"),
            R"({"NaN": ["NaN", "-Infinity", "Infinity", 1, -1.5], "a\"NaN": "Infinity"})");
  EXPECT_EQ(StrictJson("[123456789012345678901, 1e400]"), R"(["123456789012345678901", "1e400"])");
  EXPECT_EQ(StrictJson("\"open NaN"), "\"open NaN");
  EXPECT_EQ(StrictJson("\"\\"), "\"\\");
}

TEST(ErrorsTest, EveryCodeOfTheModulesHasOneOfMlflow) {
  using enum base::ErrorCode;
  const std::vector<std::tuple<base::ErrorCode, std::string, int>> table = {
      {kInvalidArgument, "INVALID_PARAMETER_VALUE", 400},
      {kUnprocessable, "INVALID_PARAMETER_VALUE", 400},
      {kNotFound, "RESOURCE_DOES_NOT_EXIST", 404},
      {kAlreadyExists, "RESOURCE_ALREADY_EXISTS", 400},
      {kFailedPrecondition, "INVALID_PARAMETER_VALUE", 400},
      {kTooLarge, "INVALID_PARAMETER_VALUE", 400},
      {kUnsupported, "INVALID_PARAMETER_VALUE", 400},
      {kUnauthenticated, "UNAUTHENTICATED", 401},
      {kPermissionDenied, "PERMISSION_DENIED", 403},
      {kResourceExhausted, "RESOURCE_EXHAUSTED", 429},
      {kUnavailable, "TEMPORARILY_UNAVAILABLE", 503},
      {kDeadlineExceeded, "DEADLINE_EXCEEDED", 504},
      {kCancelled, "CANCELLED", 499},
      {kUnimplemented, "NOT_IMPLEMENTED", 501},
      {kCorrupt, "INTERNAL_ERROR", 500},
      {kIo, "INTERNAL_ERROR", 500},
      {kInternal, "INTERNAL_ERROR", 500}};
  for (const auto& [code, name, status] : table) {
    const Failure failure{base::Error(code, "m")};
    EXPECT_EQ(CodeName(failure.code()), name);
    EXPECT_EQ(CodeStatus(failure.code()), status) << name;
  }
}

TEST(ErrorsTest, TheBodyIsMlflows) {
  http::Response response;
  response.body = "half an answer";
  Render(InvalidParameter("no \"x\""), response);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(base::ParseJson(response.body, "body").value(), (base::Json{{"error_code", "INVALID_PARAMETER_VALUE"},
                                                                        {"message", "no \"x\""},
                                                                        {"sqlstate", "KAM00"},
                                                                        {"error_class", "INVALID_PARAMETER_VALUE"}}));
  EXPECT_EQ(CodeStatus(Code::kInvalidState), 400) << "a client would send it again for minutes";
}

}  // namespace
}  // namespace gyre::api::mlflow::internal
