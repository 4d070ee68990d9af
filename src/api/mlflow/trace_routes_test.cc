#include "api/mlflow/trace_routes.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "api/mlflow/testing/otlp_writer.h"
#include "base/json.h"
#include "http/client.h"
#include "tracing/testing/temp_traces.h"

namespace gyre::api::mlflow {
namespace {

using base::Json;
using http::Method;
using testing::Fixed;
using testing::KeyValue;
using testing::Message;
using testing::Number;

constexpr std::string_view kId = "tr-01010101010101010101010101010101";

class TraceRoutesTest : public ::testing::Test {
 protected:
  TraceRoutesTest() { AddTraceRoutes(router_, {.traces = *traces_, .tracker = *tracker_}); }

  http::ClientResponse Send(const http::ClientRequest& request) {
    http::LocalClient client(router_);
    return client.Send(request, {}).value();
  }
  Json Call(Method method, const std::string& path, const Json& body = {}, int status = 200) {
    const auto answer = Send({.method = method,
                              .url = "http://x/api/" + path,
                              .headers = {{"Content-Type", "application/json"}},
                              .body = body.is_null() ? "" : base::DumpJson(body)});
    EXPECT_EQ(answer.status, status) << path << " " << answer.body;
    return base::ParseJson(answer.body, path, 200).value();
  }
  std::string Refusal(Method method, const std::string& path, const Json& body, int status, std::string_view code) {
    const auto answer = Call(method, path, body, status);
    EXPECT_EQ(answer.value("error_code", ""), code) << answer;
    return answer.value("message", "");
  }
  http::ClientResponse Export(const std::string& body,
                              const std::vector<std::pair<std::string, std::string>>& more = {},
                              const std::string& type = "application/x-protobuf", const std::string& experiment = "0") {
    http::ClientRequest request{.method = Method::kPost,
                                .url = "http://x/v1/traces",
                                .headers = {{"Content-Type", type}, {"x-mlflow-experiment-id", experiment}},
                                .body = body};
    request.headers.insert(request.headers.end(), more.begin(), more.end());
    return Send(request);
  }
  static std::string Span() {
    return Message(
        1, Message(2, Message(2, Message(1, std::string(16, '\1')) + Message(2, std::string(8, '\2')) +
                                     Message(5, "work") + Fixed(7, 1'000'000'000) + Fixed(8, 1'250'000'000) +
                                     Message(9, KeyValue("mlflow.spanInputs", "q")) + Message(15, Number(3, 1)))));
  }
  static Json Info(const Json& more = {}) {
    Json info = {{"trace_id", kId},
                 {"trace_location", {{"type", "MLFLOW_EXPERIMENT"}, {"mlflow_experiment", {{"experiment_id", "0"}}}}},
                 {"request_time", "1970-01-01T00:00:01.500Z"},
                 {"execution_duration", "0.250s"},
                 {"state", "OK"},
                 {"trace_metadata", {{"m", "1"}}},
                 {"tags", {{"mlflow.traceName", "named"}, {"t", "1"}}}};
    if (!more.is_null()) info.update(more);
    return {{"trace", {{"trace_info", info}}}};
  }
  Json Start(const Json& more = {}) {
    return Call(Method::kPost, "3.0/mlflow/traces", Info(more))["trace"]["trace_info"];
  }

  tracing::testing::TempTraces traces_;
  std::unique_ptr<tracking::Tracker> tracker_ = tracking::Tracker::Open(traces_.database()).value();
  http::Router router_;
};

TEST_F(TraceRoutesTest, SpansComeInByProtobufAndOutAsJson) {
  const auto answer = Export(Span());
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(answer.headers.at("content-type"), "application/x-protobuf");
  const auto trace = Call(Method::kGet, "3.0/mlflow/traces/get?trace_id=" + std::string(kId))["trace"];
  EXPECT_EQ(trace["trace_info"]["state"], "OK");
  EXPECT_EQ(trace["trace_info"]["request_time"], "1970-01-01T00:00:01Z");
  EXPECT_EQ(trace["trace_info"]["execution_duration"], "0.250s");
  EXPECT_EQ(trace["trace_info"]["request_preview"], "\"q\"");
  EXPECT_EQ(trace["spans"][0]["name"], "work");
  EXPECT_EQ(trace["spans"][0]["attributes"][0]["value"]["string_value"], "q");
}

TEST_F(TraceRoutesTest, SpansComeInByJson) {
  const auto answer = Export(
      R"({"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "01010101010101010101010101010101",
          "spanId": "02", "name": "work"}]}]}]})",
      {}, "application/json; charset=utf-8");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body, "{}");
  EXPECT_EQ(Call(Method::kGet, "3.0/mlflow/traces/" + std::string(kId))["trace"]["trace_info"]["trace_id"], Json(kId));
}

TEST_F(TraceRoutesTest, WrongExportsAreTheClientsMistake) {
  EXPECT_EQ(Export(Span(), {}, "text/plain").status, 400);
  EXPECT_EQ(Export("junk").status, 400);
  EXPECT_EQ(Export("").status, 400);
  EXPECT_EQ(Export(Span(), {{"Content-Encoding", "br"}}).status, 400);
  EXPECT_EQ(Export(Span(), {{"Content-Encoding", "gzip"}}).status, 400);
  EXPECT_EQ(Export(Span(), {}, "application/x-protobuf", "77").status, 404);
  EXPECT_EQ(Export(Span(), {}, "application/x-protobuf", "").status, 400);
}

TEST_F(TraceRoutesTest, AnExportLinksToItsRun) {
  EXPECT_EQ(Export(Span(), {{"x-mlflow-run-id", "r1"}}).status, 200);
  const Json search = {{"locations", {{{"mlflow_experiment", {{"experiment_id", "0"}}}}}}, {"filter", "run_id = 'r1'"}};
  EXPECT_EQ(Call(Method::kPost, "3.0/mlflow/traces/search", search)["traces"].size(), 1);
}

TEST_F(TraceRoutesTest, ATraceIsTold) {
  const Json assessment = {{"assessment_name", "good"},
                           {"source", {{"source_type", "HUMAN"}, {"source_id", "me"}}},
                           {"feedback", {{"value", true}}},
                           {"create_time", "1970-01-01T00:00:02Z"},
                           {"last_update_time", "1970-01-01T00:00:02Z"}};
  auto info = Start({{"client_request_id", "c"}, {"assessments", {assessment}}, {"response_preview", "out"}});
  EXPECT_EQ(info, Call(Method::kGet, "3.0/mlflow/traces/" + std::string(kId))["trace"]["trace_info"]);
  EXPECT_TRUE(info["assessments"][0]["assessment_id"].get<std::string>().starts_with("a-"));
  info["assessments"][0].erase("assessment_id");
  EXPECT_EQ(info["assessments"][0], Json({{"assessment_name", "good"},
                                          {"trace_id", kId},
                                          {"source", {{"source_type", "HUMAN"}, {"source_id", "me"}}},
                                          {"create_time", "1970-01-01T00:00:02Z"},
                                          {"last_update_time", "1970-01-01T00:00:02Z"},
                                          {"feedback", {{"value", true}}},
                                          {"valid", true}}));
  info.erase("assessments");
  EXPECT_EQ(info["tags"].at("mlflow.artifactLocation"),
            Json(fmt::format("mlflow-artifacts:/0/traces/{}/artifacts", kId)));
  info["tags"].erase("mlflow.artifactLocation");
  EXPECT_EQ(info,
            Json({{"trace_id", kId},
                  {"client_request_id", "c"},
                  {"trace_location", {{"type", "MLFLOW_EXPERIMENT"}, {"mlflow_experiment", {{"experiment_id", "0"}}}}},
                  {"response_preview", "out"},
                  {"request_time", "1970-01-01T00:00:01.500Z"},
                  {"execution_duration", "0.250s"},
                  {"state", "OK"},
                  {"trace_metadata", {{"m", "1"}, {"mlflow.trace.infoFinalized", "true"}}},
                  {"tags", {{"mlflow.traceName", "named"}, {"t", "1"}}}}));
}

TEST_F(TraceRoutesTest, ATraceWrongInAnyFieldIsRefused) {
  const auto refuse = [&](const Json& more, int status = 400) {
    return Refusal(Method::kPost, "3.0/mlflow/traces", Info(more), status,
                   status == 404 ? "RESOURCE_DOES_NOT_EXIST" : "INVALID_PARAMETER_VALUE");
  };
  EXPECT_EQ(Refusal(Method::kPost, "3.0/mlflow/traces", Json::object(), 400, "INVALID_PARAMETER_VALUE"),
            "Missing value for required parameter 'trace'.");
  EXPECT_EQ(refuse({{"state", "FINE"}}), "Invalid value \"FINE\" for parameter 'trace.trace_info.state' supplied.");
  EXPECT_EQ(refuse({{"tags", {{"a", 1}}}}), "Invalid value 1 for parameter 'trace.trace_info.tags.a' supplied.");
  refuse({{"tags", 7}});
  refuse({{"request_time", "yesterday"}});
  refuse({{"execution_duration", "5"}});
  refuse({{"execution_duration", "1e300s"}});
  refuse({{"trace_id", ""}});
  refuse({{"trace_id", 7}});
  refuse({{"assessments", 7}});
  refuse({{"assessments", {Json::object()}}});
  refuse({{"assessments", {{{"assessment_name", "x"}}}}});
  refuse({{"trace_location", {{"mlflow_experiment", {{"experiment_id", "77"}}}}}}, 404);
  EXPECT_TRUE(tracker_->DeleteExperiment(tracker_->CreateExperiment("x", "", {}, "me")->id, "me"));
  refuse({{"trace_location", {{"mlflow_experiment", {{"experiment_id", "1"}}}}}});
}

TEST_F(TraceRoutesTest, LowerCamelNamesAreRead) {
  const Json body = {{"trace",
                      {{"traceInfo",
                        {{"traceId", kId},
                         {"traceLocation", {{"mlflowExperiment", {{"experimentId", "0"}}}}},
                         {"requestTime", "1970-01-01T00:00:01Z"},
                         {"traceMetadata", {{"m", "1"}}}}}}}};
  const auto info = Call(Method::kPost, "3.0/mlflow/traces", body)["trace"]["trace_info"];
  EXPECT_EQ(info["trace_metadata"]["m"], "1");
}

TEST_F(TraceRoutesTest, SeveralAtOnce) {
  EXPECT_EQ(Export(Span()).status, 200);
  Start({{"trace_id", "tr-2"}});
  const std::string id(kId);
  EXPECT_EQ(Call(Method::kGet, "3.0/mlflow/traces/batchGet?trace_ids=tr-2&trace_ids=" + id)["traces"].size(), 1);
  const Json infos = {{"trace_ids", {"tr-2", kId, "tr-none"}}};
  EXPECT_EQ(Call(Method::kPost, "3.0/mlflow/traces/batchGetInfos", infos)["trace_infos"].size(), 2);
  EXPECT_EQ(Call(Method::kPost, "3.0/mlflow/traces/batchGetInfos", {{"trace_ids", {"tr-none"}}}), Json::object());
  Refusal(Method::kGet, "3.0/mlflow/traces/tr-none", {}, 404, "RESOURCE_DOES_NOT_EXIST");
  Refusal(Method::kGet, "3.0/mlflow/traces/get", {}, 400, "INVALID_PARAMETER_VALUE");
}

TEST_F(TraceRoutesTest, SearchPages) {
  Start();
  Start({{"trace_id", "tr-2"}, {"request_time", "1970-01-01T00:00:09Z"}});
  Json search = {{"locations", {{{"mlflow_experiment", {{"experiment_id", "0"}}}}}}, {"max_results", 1}};
  auto page = Call(Method::kPost, "3.0/mlflow/traces/search", search);
  EXPECT_EQ(page["traces"][0]["trace_id"], "tr-2");
  search["page_token"] = page["next_page_token"];
  page = Call(Method::kPost, "3.0/mlflow/traces/search", search);
  EXPECT_EQ(page["traces"][0]["trace_id"], Json(kId));
  EXPECT_FALSE(page.contains("next_page_token"));
  search["filter"] = "bogus.x = 1";
  Refusal(Method::kPost, "3.0/mlflow/traces/search", search, 400, "INVALID_PARAMETER_VALUE");
  Refusal(Method::kPost, "3.0/mlflow/traces/search", {{"max_results", 501}}, 400, "INVALID_PARAMETER_VALUE");
}

TEST_F(TraceRoutesTest, TagsOfBothVersions) {
  Start();
  for (const std::string version : {"2.0", "3.0"}) {
    const auto path = fmt::format("{}/mlflow/traces/{}/tags", version, kId);
    EXPECT_EQ(Call(Method::kPatch, path, {{"key", "k"}, {"value", "v"}}), Json::object());
    EXPECT_EQ(Call(Method::kDelete, path, {{"key", "k"}}), Json::object());
    EXPECT_EQ(Refusal(Method::kDelete, path, {{"key", "k"}}, 404, "RESOURCE_DOES_NOT_EXIST"),
              fmt::format("No trace tag with key 'k' for trace with ID '{}'", kId));
    Refusal(Method::kPatch, path, {{"key", "/k"}, {"value", "v"}}, 400, "INVALID_PARAMETER_VALUE");
    Refusal(Method::kPatch, path, {{"value", "v"}}, 400, "INVALID_PARAMETER_VALUE");
  }
}

TEST_F(TraceRoutesTest, DeletionNeedsABound) {
  Start();
  const std::string path = "2.0/mlflow/traces/delete-traces";
  EXPECT_EQ(Refusal(Method::kPost, path, {{"experiment_id", "0"}}, 400, "INVALID_PARAMETER_VALUE"),
            "Either `max_timestamp_millis` or `trace_ids` must be specified.");
  Refusal(Method::kPost, path, {{"experiment_id", "0"}, {"max_timestamp_millis", 1}, {"request_ids", {"a"}}}, 400,
          "INVALID_PARAMETER_VALUE");
  Refusal(Method::kPost, path, {{"experiment_id", "0"}, {"max_traces", 1}, {"request_ids", {"a"}}}, 400,
          "INVALID_PARAMETER_VALUE");
  Refusal(Method::kPost, path, {{"experiment_id", "0"}, {"max_traces", 0}, {"max_timestamp_millis", 1}}, 400,
          "INVALID_PARAMETER_VALUE");
  EXPECT_EQ(Call(Method::kPost, path, {{"experiment_id", "0"}, {"max_timestamp_millis", 5}})["traces_deleted"], 0);
  EXPECT_EQ(Call(Method::kPost, path, {{"experiment_id", "0"}, {"request_ids", {kId}}})["traces_deleted"], 1);
}

TEST_F(TraceRoutesTest, LinksToRunsAndPrompts) {
  Start();
  const Json prompts = {{"trace_id", kId}, {"prompt_versions", {{{"name", "p"}, {"version", "1"}}}}};
  EXPECT_EQ(Call(Method::kPost, "2.0/mlflow/traces/link-prompts", prompts), Json::object());
  EXPECT_EQ(Call(Method::kPost, "2.0/mlflow/traces/link-to-run", {{"trace_ids", {kId}}, {"run_id", "r"}}),
            Json::object());
  const Json search = {{"locations", {{{"mlflow_experiment", {{"experiment_id", "0"}}}}}},
                       {"filter", "prompt = 'p/1' AND run_id = 'r'"}};
  EXPECT_EQ(Call(Method::kPost, "3.0/mlflow/traces/search", search)["traces"].size(), 1);
}

TEST_F(TraceRoutesTest, AssessmentsGoThroughTheirLife) {
  Start();
  const auto all = fmt::format("3.0/mlflow/traces/{}/assessments", kId);
  const Json expected = {
      {"assessment",
       {{"assessment_name", "truth"},
        {"expectation", {{"serialized_value", {{"serialization_format", "JSON_FORMAT"}, {"value", "{\"a\": 1}"}}}}}}}};
  const auto made = Call(Method::kPost, all, expected)["assessment"];
  EXPECT_EQ(made["expectation"]["serialized_value"]["value"], "{\"a\":1}");
  const auto one = all + "/" + made["assessment_id"].get<std::string>();
  EXPECT_EQ(Call(Method::kGet, one)["assessment"], made);
  const Json update = {{"assessment", {{"expectation", {{"value", 5}}}, {"assessment_name", "other"}}},
                       {"update_mask", "expectation,assessmentName"}};
  const auto changed = Call(Method::kPatch, one, update)["assessment"];
  EXPECT_EQ(changed["expectation"]["value"], 5);
  EXPECT_EQ(changed["assessment_name"], "other");
  Refusal(Method::kPatch, one, {{"assessment", {{"feedback", {{"value", 5}}}}}, {"update_mask", "feedback"}}, 400,
          "INVALID_PARAMETER_VALUE");
  Refusal(Method::kPatch, one, {{"assessment", Json::object()}}, 400, "INVALID_PARAMETER_VALUE");
  EXPECT_EQ(Call(Method::kDelete, one), Json::object());
  Refusal(Method::kGet, one, {}, 404, "RESOURCE_DOES_NOT_EXIST");
  const Json failed = {
      {"assessment",
       {{"assessment_name", "judge"}, {"feedback", {{"error", {{"error_code", "E"}, {"error_message", "m"}}}}}}}};
  EXPECT_EQ(Call(Method::kPost, all, failed)["assessment"]["feedback"]["error"]["error_code"], "E");
}

}  // namespace
}  // namespace gyre::api::mlflow
