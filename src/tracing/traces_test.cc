#include "tracing/traces.h"

#include <gtest/gtest.h>
#include <thread>

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

class TracesTest : public ::testing::Test {
 protected:
  testing::TempTraces traces_;
};

TEST_F(TracesTest, FinishTellsAllOfATrace) {
  auto info = FinishedTrace();
  info.client_request_id = "req";
  info.request_preview = "in";
  info.response_preview = "out";
  info.metadata = {{"a", "b"}};
  info.tags = {{"mlflow.traceName", "named"}, {"k", "v"}, {"mlflow.artifactLocation", "theirs"}};
  info.assessments.push_back({.id = {}, .name = "good", .value = "true"});
  const auto finished = traces_->Finish(Home(), info).value();
  EXPECT_EQ(finished.metadata, (Texts{{"a", "b"}, {"mlflow.trace.infoFinalized", "true"}}));
  EXPECT_EQ(finished.tags.at("mlflow.traceName"), "named");
  EXPECT_EQ(finished.tags.at("k"), "v");
  EXPECT_TRUE(finished.tags.at("mlflow.artifactLocation").starts_with("mlflow-artifacts:/1/traces/"));
  EXPECT_FALSE(finished.tags.contains("mlflow.trace.spansLocation"));
  ASSERT_EQ(finished.assessments.size(), 1);
  EXPECT_TRUE(finished.assessments[0].id.starts_with("a-"));
  const auto read = traces_->GetInfo(kTraceId).value();
  EXPECT_EQ(read.client_request_id, "req");
  EXPECT_EQ(read.request_preview, "in");
  EXPECT_EQ(read.tags, finished.tags);
}

TEST_F(TracesTest, FinishAddsToWhatSpansSaid) {
  auto root = MakeSpan("1");
  root.attributes = {{.key = std::string(kInputsAttribute), .value = "\"asked\""}};
  ASSERT_TRUE(traces_->LogSpans(Home(), Group({root})));
  ASSERT_TRUE(traces_->SetTag(kTraceId, "kept", "yes"));
  auto info = FinishedTrace();
  info.state = TraceState::kError;
  const auto finished = traces_->Finish(Home(), info).value();
  EXPECT_EQ(finished.request_preview, "\"asked\"");
  EXPECT_EQ(finished.state, TraceState::kError);
  EXPECT_EQ(finished.started_ms, 900);
  EXPECT_EQ(finished.tags.at("kept"), "yes");
  EXPECT_EQ(finished.tags.at("mlflow.trace.spansLocation"), "TRACKING_STORE");
  EXPECT_EQ(traces_->Finish(Home("2"), info).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(TracesTest, FinishRefusesWhatCannotBe) {
  EXPECT_EQ(traces_->Finish(Home(), FinishedTrace("a/b")).error().code(), ErrorCode::kInvalidArgument);
  auto info = FinishedTrace();
  info.metadata["mlflow.trace.session"] = std::string(251, 's');
  EXPECT_EQ(traces_->Finish(Home(), info).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(TracesTest, GetWaitsForAnnouncedSpans) {
  auto info = FinishedTrace();
  info.metadata[std::string(kSizeMetadata)] = R"({"num_spans": 2})";
  ASSERT_TRUE(traces_->Finish(Home(), info));
  ASSERT_TRUE(traces_->LogSpans(Home(), Group({MakeSpan("1")})));
  const auto early = traces_->Get(kTraceId, false, {});
  EXPECT_EQ(early.error().code(), ErrorCode::kNotFound);
  EXPECT_NE(early.error().message().find("not fully exported yet"), std::string::npos);
  EXPECT_EQ(traces_->Get(kTraceId, true, {})->spans.size(), 1);

  std::thread late([&] { EXPECT_TRUE(traces_->LogSpans(Home(), Group({MakeSpan("2", "1")}))); });
  EXPECT_EQ(traces_->Get(kTraceId, false, std::chrono::seconds(60))->spans.size(), 2);
  late.join();
  EXPECT_EQ(traces_->Get("tr-none", true, {}).error().code(), ErrorCode::kNotFound);
}

TEST_F(TracesTest, ManyAtOnceComeInTheOrderAsked) {
  for (const std::string id : {"tr-a", "tr-b", "tr-c"}) {
    ASSERT_TRUE(traces_->Finish(Home(), FinishedTrace(id)));
  }
  auto span = MakeSpan("1");
  span.trace_id = "tr-a";
  ASSERT_TRUE(traces_->LogSpans(Home(), Group({span})));
  const std::vector<std::string> ids = {"tr-c", "tr-none", "tr-a", "tr-c"};
  const auto infos = traces_->GetInfos(ids).value();
  ASSERT_EQ(infos.size(), 2);
  EXPECT_EQ(infos[0].id, "tr-c");
  EXPECT_EQ(infos[1].id, "tr-a");
  const auto whole = traces_->GetMany(ids).value();
  ASSERT_EQ(whole.size(), 1);  // the other has no spans
  EXPECT_EQ(whole[0].info.id, "tr-a");
  const std::vector<std::string> elsewhere = {"2"};
  EXPECT_TRUE(traces_->GetInfos(ids, &elsewhere)->empty());
  EXPECT_TRUE(traces_->GetMany(ids, &elsewhere)->empty());
}

TEST_F(TracesTest, TagsAreSetAndDeleted) {
  ASSERT_TRUE(traces_->Finish(Home(), FinishedTrace()));
  ASSERT_TRUE(traces_->SetTag(kTraceId, "k", std::string(8001, 'x')));
  ASSERT_TRUE(traces_->SetTag(kTraceId, "mlflow.traceName", "n"));
  auto tags = traces_->GetInfo(kTraceId)->tags;
  EXPECT_EQ(tags.at("k").size(), 8000);
  EXPECT_EQ(tags.at("mlflow.traceName"), "n");
  EXPECT_TRUE(traces_->DeleteTag(kTraceId, "k"));
  EXPECT_TRUE(traces_->DeleteTag(kTraceId, "mlflow.traceName"));
  tags = traces_->GetInfo(kTraceId)->tags;
  EXPECT_FALSE(tags.contains("k") || tags.contains("mlflow.traceName"));
  for (const std::string_view key : {"k", "mlflow.traceName"}) {
    EXPECT_EQ(traces_->DeleteTag(kTraceId, key).error().message(),
              fmt::format("No trace tag with key '{}' for trace with ID '{}'", key, kTraceId));
  }
  EXPECT_EQ(traces_->SetTag("tr-none", "k", "v").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(traces_->SetTag(kTraceId, "../k", "v").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(traces_->SetTag(kTraceId, "mlflow.artifactLocation", "v").error().message(),
            "Tag 'mlflow.artifactLocation' is immutable and cannot be set on a trace.");
  EXPECT_EQ(traces_->DeleteTag(kTraceId, "mlflow.trace.spansLocation").error().code(), ErrorCode::kInvalidArgument);
}

class TraceDeletionTest : public TracesTest {
 protected:
  void SetUp() override {
    for (int i = 0; i < 5; ++i) {
      auto info = FinishedTrace(fmt::format("tr-{}", i));
      info.started_ms = i;
      info.tags["k"] = "v";
      info.metadata["m"] = "v";
      info.assessments.push_back({.id = fmt::format("a-{}", i), .name = "x", .value = "1"});
      ASSERT_TRUE(traces_->Finish(Home(), info));
      const std::vector<std::string> ids = {info.id};
      ASSERT_TRUE(traces_->LinkToRun(ids, "run"));
      const std::vector<std::string> prompts = {"p/1"};
      ASSERT_TRUE(traces_->LinkPrompts(info.id, prompts));
      auto span = MakeSpan("1");
      span.trace_id = info.id;
      ASSERT_TRUE(traces_->LogSpans(Home(), Group({span})));
    }
  }
  std::string Left() {
    std::string left;
    for (int i = 0; i < 5; ++i) {
      if (traces_->GetInfo(fmt::format("tr-{}", i))) left += std::to_string(i);
    }
    return left;
  }
  int64_t Rows(std::string_view table) {
    return traces_.database()
        .Read([&](store::Reader& reader) {
          return reader.QueryOne(fmt::format("SELECT COUNT(*) FROM {}", table),
                                 [](const store::Row& row) { return row.Int(0); });
        })
        ->value();
  }
};

TEST_F(TraceDeletionTest, OldestFirst) {
  EXPECT_EQ(traces_->Delete({.experiment = "1", .started_until_ms = 3, .at_most = 2}, "me"), 2);
  EXPECT_EQ(Left(), "234");
  EXPECT_EQ(traces_->Delete({.experiment = "1", .started_until_ms = 3}, "me"), 2);
  EXPECT_EQ(Left(), "4");
}

TEST_F(TraceDeletionTest, ByIdWithinTheExperiment) {
  EXPECT_EQ(traces_->Delete({.experiment = "2", .ids = {"tr-1"}}, "me"), 0);
  EXPECT_EQ(traces_->Delete({.experiment = "1", .ids = {"tr-1", "tr-none"}}, "me"), 1);
  EXPECT_EQ(Left(), "0234");
}

TEST_F(TraceDeletionTest, LeavesNothing) {
  EXPECT_EQ(traces_->Delete({.experiment = "1"}, "me"), 5);
  for (const std::string_view table :
       {"traces", "trace_spans", "trace_tags", "trace_metadata", "trace_runs", "trace_prompts", "trace_assessments"}) {
    EXPECT_EQ(Rows(table), 0) << table;
  }
  EXPECT_EQ(Rows("audit_log"), 1);
  TraceDeletion many{.experiment = "1"};
  many.ids.resize(10'001);
  EXPECT_EQ(traces_->Delete(many, "me").error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(TracesTest, LinksAreBounded) {
  const std::vector<std::string> ids(101, "tr");
  EXPECT_EQ(traces_->LinkToRun(ids, "run").error().code(), ErrorCode::kInvalidArgument);
  const std::vector<std::string> prompts = {"p/1"};
  EXPECT_EQ(traces_->LinkPrompts("tr-none", prompts).error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace gyre::tracing
