#include <gtest/gtest.h>

#include "tracing/testing/spans.h"
#include "tracing/testing/temp_traces.h"

namespace gyre::tracing {
namespace {

using base::ErrorCode;
using testing::FinishedTrace;
using testing::Group;
using testing::Home;
using testing::kTraceId;
using testing::MakeSpan;
using testing::TextAttribute;

Attribute JsonAttribute(std::string_view key, std::string value) {
  return {.key = std::string(key), .value = std::move(value)};
}

class LogSpans : public ::testing::Test {
 protected:
  void Log(std::vector<Span> spans) { ASSERT_TRUE(traces_->LogSpans(Home(), Group(std::move(spans)))); }
  Trace Get() { return traces_->Get(kTraceId, true, {}).value(); }
  std::string Metadata(std::string_view key) {
    const auto info = traces_->GetInfo(kTraceId).value();
    const auto found = info.metadata.find(std::string(key));
    return found == info.metadata.end() ? "none" : found->second;
  }

  testing::TempTraces traces_;
};

TEST_F(LogSpans, ASpanComesBackAsItWas) {
  auto span = MakeSpan("0000000000000002", "0000000000000001");
  span.status = SpanStatus::kError;
  span.status_message = "it \"broke\"\n";
  span.attributes = {TextAttribute("text", "say \"hi\" \xc3\xa9\x01"), JsonAttribute("list", R"([1, {"a": 2.5}])"),
                     JsonAttribute("count", "7")};
  span.events = {{.name = "exception", .time_ns = 1'000'000'001, .attributes = {JsonAttribute("n", "1")}}};
  span.links = {{.trace_id = "tr-ff", .span_id = "aa", .attributes = {}}};
  Log({span});
  EXPECT_EQ(Get().spans, std::vector<Span>{span});
}

TEST_F(LogSpans, TheRootEndsTheTrace) {
  auto child = MakeSpan("2", "1", 10);
  Log({child});
  auto info = Get().info;
  EXPECT_EQ(info.state, TraceState::kInProgress);
  EXPECT_EQ(info.started_ms, 1000);
  EXPECT_EQ(info.duration_ms, 10);
  EXPECT_EQ(info.tags.at("mlflow.artifactLocation"),
            "mlflow-artifacts:/1/traces/tr-00000000000000000000000000000001/artifacts");
  EXPECT_EQ(info.tags.at("mlflow.trace.spansLocation"), "TRACKING_STORE");

  auto root = MakeSpan("1", "", 60);
  root.started_ns -= 100'000'000;
  root.ended_ns -= 1'000'000;
  root.status = SpanStatus::kError;
  root.attributes = {JsonAttribute(kInputsAttribute, R"({"x": 1})"), JsonAttribute(kOutputsAttribute, "2")};
  Log({root});
  info = Get().info;
  EXPECT_EQ(info.state, TraceState::kError);
  EXPECT_EQ(info.started_ms, 900);
  EXPECT_EQ(info.duration_ms, 159);
  EXPECT_EQ(info.request_preview, R"({"x": 1})");
  EXPECT_EQ(info.response_preview, "2");
  EXPECT_EQ(Get().spans.front().id, "1");
}

TEST_F(LogSpans, SentAgainReplacesAndTheLastOfABatchCounts) {
  auto first = MakeSpan("1");
  auto second = first;
  second.name = "renamed";
  Log({first, second});
  EXPECT_EQ(Get().spans, std::vector<Span>{second});
  Log({first});
  EXPECT_EQ(Get().spans, std::vector<Span>{first});
}

TEST_F(LogSpans, SeveralTracesInOneCall) {
  auto other = MakeSpan("1");
  other.trace_id = "tr-2";
  Log({MakeSpan("1"), other, MakeSpan("2", "1")});
  EXPECT_EQ(Get().spans.size(), 2);
  EXPECT_EQ(traces_->Get("tr-2", true, {})->spans.size(), 1);
}

TEST_F(LogSpans, ResourceAndRootGiveTags) {
  auto root = MakeSpan("1");
  root.attributes = {TextAttribute("mlflow.traceTag.team", "blue"),
                     TextAttribute("mlflow.traceTag.service.name", "mine"),
                     TextAttribute("mlflow.traceTag.mlflow.traceName", "named"),
                     TextAttribute("mlflow.traceTag.mlflow.trace.spansLocation", "elsewhere"),
                     TextAttribute("mlflow.traceTag./bad", "x")};
  auto groups = Group({root});
  groups[0].resource = {TextAttribute("service.name", "theirs"), TextAttribute("telemetry.sdk.name", "x"),
                        TextAttribute("mlflow.y", "x"), JsonAttribute("host.cpus", "4")};
  ASSERT_TRUE(traces_->LogSpans(Home(), groups));
  auto tags = Get().info.tags;
  tags.erase("mlflow.artifactLocation");
  EXPECT_EQ(tags, (Texts{{"host.cpus", "4"},
                         {"mlflow.trace.spansLocation", "TRACKING_STORE"},
                         {"mlflow.traceName", "named"},
                         {"service.name", "mine"},
                         {"team", "blue"}}));
}

TEST_F(LogSpans, SessionAndUserAreTakenOnce) {
  auto span = MakeSpan("1");
  span.attributes = {TextAttribute("session.id", "s1"), TextAttribute("user.id", "u1")};
  Log({span});
  span.attributes = {TextAttribute("session.id", "s2"), TextAttribute("user.id", "u2")};
  Log({span});
  EXPECT_EQ(Metadata("mlflow.trace.session"), "s1");
  EXPECT_EQ(Metadata("mlflow.trace.user"), "u1");
  span.attributes = {TextAttribute("session.id", std::string(251, 's'))};
  EXPECT_EQ(traces_->LogSpans(Home(), Group({span})).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(LogSpans, UsageIsAddedUpOverCallsWithoutCountingTwice) {
  auto child = MakeSpan("2", "1");
  child.attributes = {JsonAttribute(kUsageAttribute, R"({"input_tokens": 1, "output_tokens": 2, "total_tokens": 3})"),
                      JsonAttribute(kCostAttribute, R"({"total_cost": 0.5})")};
  auto sibling = child;
  sibling.id = "3";
  Log({child, sibling});
  EXPECT_EQ(Metadata(kUsageMetadata), R"({"input_tokens": 2, "output_tokens": 4, "total_tokens": 6})");
  EXPECT_EQ(Metadata(kCostMetadata), R"({"input_cost": 0.0, "output_cost": 0.0, "total_cost": 1.0})");

  auto root = MakeSpan("1");
  root.attributes = {JsonAttribute(kUsageAttribute, R"({"input_tokens": 5, "output_tokens": 5, "total_tokens": 10})")};
  Log({root});
  EXPECT_EQ(Metadata(kUsageMetadata), R"({"input_tokens": 5, "output_tokens": 5, "total_tokens": 10})");
  EXPECT_EQ(Metadata(kCostMetadata), R"({"input_cost": 0.0, "output_cost": 0.0, "total_cost": 1.0})");
}

TEST_F(LogSpans, TheClientsOwnWordStands) {
  auto info = FinishedTrace();
  info.metadata = {{std::string(kUsageMetadata), "theirs"}};
  ASSERT_TRUE(traces_->Finish(Home(), info));
  auto root = MakeSpan("1");
  root.status = SpanStatus::kError;
  root.attributes = {JsonAttribute(kUsageAttribute, R"({"input_tokens": 1})")};
  Log({root});
  info = Get().info;
  EXPECT_EQ(info.started_ms, 900);
  EXPECT_EQ(info.duration_ms, 200);
  EXPECT_EQ(info.state, TraceState::kOk);
  EXPECT_EQ(Metadata(kUsageMetadata), "theirs");
}

TEST_F(LogSpans, ATraceStaysInItsExperimentAndNothingIsHalfKept) {
  Log({MakeSpan("1")});
  auto other = MakeSpan("1");
  other.trace_id = "tr-2";
  const auto failed = traces_->LogSpans(Home("2"), Group({other, MakeSpan("2", "1")}));
  EXPECT_EQ(failed.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(failed.error().message().find("already exists in another experiment"), std::string::npos);
  EXPECT_EQ(traces_->GetInfo("tr-2").error().code(), ErrorCode::kNotFound);
}

TEST_F(LogSpans, RefusesIdsThatCannotBe) {
  for (const std::string id : {"", "a/b", "..", "a%2f", "a\nb"}) {
    auto span = MakeSpan("1");
    span.trace_id = id;
    EXPECT_EQ(traces_->LogSpans(Home(), Group({span})).error().code(), ErrorCode::kInvalidArgument) << id;
  }
  auto span = MakeSpan("");
  EXPECT_EQ(traces_->LogSpans(Home(), Group({span})).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(LogSpans, SurviveARestart) {
  Log({MakeSpan("1")});
  traces_.Reopen();
  EXPECT_EQ(Get().spans.size(), 1);
}

}  // namespace
}  // namespace gyre::tracing
