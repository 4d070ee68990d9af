#include "tracking/logged_model.h"

#include <cmath>
#include <gmock/gmock.h>
#include <limits>

#include "store/testing/audit_actions.h"
#include "tracking/testing/temp_tracker.h"

namespace gyre::tracking {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using Texts = std::map<std::string, std::string>;

class LoggedModelTest : public ::testing::Test {
 protected:
  LoggedModel Make(std::string name = "rain-model") {
    return tracker_->CreateLoggedModel({.experiment = ExperimentId("0"), .name = std::move(name)}, "ann").value();
  }

  testing::TempTracker tracker_;
};

TEST(LoggedModelStatus, ReadsBackWhatItNames) {
  for (const auto status : {LoggedModelStatus::kPending, LoggedModelStatus::kReady, LoggedModelStatus::kUploadFailed}) {
    EXPECT_EQ(ParseLoggedModelStatus(LoggedModelStatusName(status)).value(), status);
  }
  EXPECT_EQ(ParseLoggedModelStatus("READY").error().name(), "status");
}

TEST_F(LoggedModelTest, KeepsWhatItWasMadeWithAcrossARestart) {
  const auto run = tracker_->CreateRun({}, "ann").value().id;
  const auto made = tracker_
                        ->CreateLoggedModel({.experiment = ExperimentId("0"),
                                             .name = "rain-model",
                                             .model_type = "classifier",
                                             .source_run = run,
                                             .params = {{"depth", "3"}},
                                             .tags = {{"team", "sky"}}},
                                            "ann")
                        .value();
  EXPECT_THAT(made.id.value(), MatchesRegex("m-[0-9a-f]{32}"));
  EXPECT_EQ(made.artifact_uri, "mlflow-artifacts:/0/models/" + made.id.value() + "/artifacts");
  tracker_.Reopen();
  const auto read = tracker_->GetLoggedModel(made.id).value();
  EXPECT_EQ(read.name, "rain-model");
  EXPECT_EQ(read.model_type, "classifier");
  EXPECT_EQ(read.source_run, run);
  EXPECT_EQ(read.status, LoggedModelStatus::kPending);
  EXPECT_EQ(read.artifact_uri, made.artifact_uri);
  EXPECT_EQ(read.created_at, made.created_at);
  EXPECT_EQ(read.params, (Texts{{"depth", "3"}}));
  EXPECT_EQ(read.tags, (Texts{{"team", "sky"}}));
}

TEST_F(LoggedModelTest, WithoutANameGetsOne) {
  EXPECT_THAT(Make("").name, MatchesRegex("[a-z]+-[a-z]+-[0-9]+"));
}

TEST_F(LoggedModelTest, IsFinishedWithAStatus) {
  const auto made = Make();
  tracker_.clock().Advance(std::chrono::seconds(5));
  const auto finished = tracker_->FinishLoggedModel(made.id, LoggedModelStatus::kReady, "ann").value();
  EXPECT_EQ(finished.status, LoggedModelStatus::kReady);
  EXPECT_EQ(finished.updated_at - finished.created_at, std::chrono::seconds(5));
  EXPECT_EQ(tracker_->FinishLoggedModel(LoggedModelId("m-0"), LoggedModelStatus::kReady, "ann").error().code(),
            base::ErrorCode::kNotFound);
}

TEST_F(LoggedModelTest, TagsOverwriteAndParamsAreWrittenOnce) {
  const auto id = Make().id;
  ASSERT_TRUE(tracker_->SetLoggedModelTags(id, {{"a", "1"}, {"b", "1"}}));
  ASSERT_TRUE(tracker_->SetLoggedModelTags(id, {{"a", "2"}}));
  ASSERT_TRUE(tracker_->DeleteLoggedModelTag(id, "b"));
  EXPECT_EQ(tracker_->DeleteLoggedModelTag(id, "b").error().code(), base::ErrorCode::kNotFound);
  ASSERT_TRUE(tracker_->LogLoggedModelParams(id, {{"depth", "3"}}));
  ASSERT_TRUE(tracker_->LogLoggedModelParams(id, {{"depth", "3"}, {"c", ""}}));
  EXPECT_EQ(tracker_->LogLoggedModelParams(id, {{"new", "1"}, {"depth", "5"}}).error().code(),
            base::ErrorCode::kFailedPrecondition);
  const auto model = tracker_->GetLoggedModel(id).value();
  EXPECT_EQ(model.tags, (Texts{{"a", "2"}}));
  EXPECT_EQ(model.params, (Texts{{"c", ""}, {"depth", "3"}}));
  EXPECT_EQ(tracker_->SetLoggedModelTags(id, {{"", "2"}}).error().name(), "key");
}

TEST_F(LoggedModelTest, ADeletedOneIsNotFound) {
  const auto id = Make().id;
  ASSERT_TRUE(tracker_->DeleteLoggedModel(id, "ann"));
  ASSERT_TRUE(tracker_->DeleteLoggedModel(id, "ann"));  // nothing happens
  const auto read = tracker_->GetLoggedModel(id);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), base::ErrorCode::kNotFound);
  EXPECT_THAT(read.error().message(), HasSubstr("Logged model with ID '" + id.value() + "' not found"));
  EXPECT_EQ(tracker_->DeleteLoggedModel(LoggedModelId("m-0"), "ann").error().code(), base::ErrorCode::kNotFound);
  EXPECT_EQ(store::testing::AuditActions(tracker_.database()).back(), "ann logged_model_deleted " + id.value());
}

TEST_F(LoggedModelTest, GetsTheMetricsThatNameItAndTheRunGetsThemToo) {
  const auto id = Make().id;
  const auto run = tracker_->CreateRun({}, "ann").value().id;
  const auto at = base::FromMicros(5'000);
  LogBatch batch;
  batch.metrics = {
      {.key = "loss", .value = 2, .time = at, .step = 1, .model = id, .dataset_name = "rain", .dataset_digest = "d1"},
      {.key = "loss", .value = 1, .time = at, .step = 2, .model = id},
      {.key = "loss", .value = std::numeric_limits<double>::quiet_NaN(), .time = at, .step = 3, .model = id},
      {.key = "other", .value = 9, .time = at, .step = 1}};
  ASSERT_TRUE(tracker_->Log(run, batch));
  ASSERT_TRUE(tracker_->Log(run, batch));
  const auto model = tracker_->GetLoggedModel(id).value();
  ASSERT_EQ(model.metrics.size(), 3u);
  EXPECT_EQ(model.metrics[0].value, 1);
  EXPECT_EQ(model.metrics[0].run, run);
  EXPECT_EQ(model.metrics[0].time, at);
  EXPECT_TRUE(std::isnan(model.metrics[1].value));
  EXPECT_EQ(model.metrics[2].dataset_name, "rain");
  EXPECT_EQ(model.metrics[2].dataset_digest, "d1");
  EXPECT_EQ(tracker_->MetricHistory(run, "loss", 10).value().points.size(), 3u);

  batch.metrics = {{.key = "lost", .value = 1, .time = at, .step = 1, .model = LoggedModelId("m-0")}};
  EXPECT_EQ(tracker_->Log(run, batch).error().code(), base::ErrorCode::kNotFound);
  EXPECT_TRUE(tracker_->MetricHistory(run, "lost", 10).value().points.empty());
}

TEST_F(LoggedModelTest, RefusesNamesThatCannotBePartOfAUri) {
  for (const char* bad : {"a/b", "a:b", "a.b", "a%b", "a\"b", "a'b"}) {
    const auto made = tracker_->CreateLoggedModel({.experiment = ExperimentId("0"), .name = bad}, "ann");
    ASSERT_FALSE(made) << bad;
    EXPECT_EQ(made.error().name(), "name");
  }
  EXPECT_EQ(tracker_->CreateLoggedModel({.experiment = ExperimentId("9")}, "ann").error().code(),
            base::ErrorCode::kNotFound);
  ASSERT_TRUE(tracker_->DeleteExperiment(ExperimentId("0"), "ann"));
  EXPECT_EQ(tracker_->CreateLoggedModel({.experiment = ExperimentId("0")}, "ann").error().code(),
            base::ErrorCode::kFailedPrecondition);
}

}  // namespace
}  // namespace gyre::tracking
