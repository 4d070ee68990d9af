#include <gtest/gtest.h>

#include "tracing/testing/spans.h"
#include "tracing/testing/temp_traces.h"

namespace gyre::tracing {
namespace {

using base::ErrorCode;
using testing::FinishedTrace;
using testing::Home;
using testing::kTraceId;

class Assessments : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(traces_->Finish(Home(), FinishedTrace())); }
  static Assessment Feedback(std::string value) {
    return {.trace_id = std::string(kTraceId),
            .name = "good",
            .value = std::move(value),
            .source_type = "HUMAN",
            .source_id = "me",
            .rationale = "because",
            .metadata = {{"a", "1"}}};
  }

  testing::TempTraces traces_;
};

TEST_F(Assessments, AreKeptWithTheirTrace) {
  const auto made = traces_->CreateAssessment(Feedback("true")).value();
  EXPECT_EQ(made.id.size(), 34);
  EXPECT_EQ(made.created_ms, base::ToMillis(traces_.clock().Now()));
  EXPECT_EQ(traces_->GetAssessment(kTraceId, made.id).value(), made);
  EXPECT_EQ(traces_->GetInfo(kTraceId)->assessments, std::vector<Assessment>{made});
}

TEST_F(Assessments, ChangeInPart) {
  auto given = Feedback("1");
  given.id = "a-1";
  given.created_ms = 5;
  given.updated_ms = 6;
  ASSERT_TRUE(traces_->CreateAssessment(given));
  const auto changed = traces_
                           ->UpdateAssessment(kTraceId, "a-1",
                                              {.kind = Assessment::Kind::kFeedback,
                                               .name = {},
                                               .value = "2",
                                               .error = {},
                                               .rationale = "better",
                                               .metadata = {{"b", "2"}}})
                           .value();
  EXPECT_EQ(changed.value, "2");
  EXPECT_EQ(changed.name, "good");
  EXPECT_EQ(changed.rationale, "better");
  EXPECT_EQ(changed.metadata, (Texts{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(changed.created_ms, 5);
  EXPECT_GT(changed.updated_ms, 6);
  EXPECT_EQ(traces_->GetAssessment(kTraceId, "a-1").value(), changed);
  AssessmentUpdate other;
  other.kind = Assessment::Kind::kExpectation;
  EXPECT_EQ(traces_->UpdateAssessment(kTraceId, "a-1", other).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(Assessments, OneReplacesAnotherUntilItIsDeleted) {
  const auto first = traces_->CreateAssessment(Feedback("1")).value();
  auto second = Feedback("2");
  second.overrides = first.id;
  second = traces_->CreateAssessment(second).value();
  EXPECT_FALSE(traces_->GetAssessment(kTraceId, first.id)->valid);
  ASSERT_TRUE(traces_->DeleteAssessment(kTraceId, second.id));
  EXPECT_TRUE(traces_->GetAssessment(kTraceId, first.id)->valid);
  EXPECT_TRUE(traces_->DeleteAssessment(kTraceId, second.id));
  auto lost = Feedback("3");
  lost.overrides = "a-none";
  EXPECT_EQ(traces_->CreateAssessment(lost).error().code(), ErrorCode::kNotFound);
}

TEST_F(Assessments, BelongToATrace) {
  auto orphan = Feedback("1");
  orphan.trace_id = "tr-none";
  EXPECT_EQ(traces_->CreateAssessment(orphan).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(traces_->GetAssessment(kTraceId, "a-none").error().message(),
            fmt::format("Assessment with ID 'a-none' not found for trace '{}'", kTraceId));
  auto mine = Feedback("1");
  mine.id = "a-1";
  ASSERT_TRUE(traces_->CreateAssessment(mine));
  ASSERT_TRUE(traces_->Finish(Home(), FinishedTrace("tr-2")));
  mine.trace_id = "tr-2";
  EXPECT_EQ(traces_->CreateAssessment(mine).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace gyre::tracing
