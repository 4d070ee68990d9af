#include "tracking/tracker.h"

#include <gmock/gmock.h>

#include "base/text.h"
#include "store/testing/audit_actions.h"
#include "store/testing/schema_dump.h"
#include "tracking/testing/temp_tracker.h"

namespace gyre::tracking {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using Texts = std::map<std::string, std::string>;

base::Timestamp At(std::string_view text) {
  return base::ParseTimestamp(text).value();
}

class RunTest : public ::testing::Test {
 protected:
  RunId MakeRun(std::string_view name = "trial") {
    NewRun run;
    run.name = name;
    return tracker_->CreateRun(run, "ann").value().id;
  }
  base::Result<void> LogParam(const RunId& id, const std::string& key, const std::string& value) {
    return tracker_->Log(id, {.metrics = {}, .params = {{key, value}}, .tags = {}});
  }
  base::Result<void> LogTag(const RunId& id, const std::string& key, const std::string& value) {
    return tracker_->Log(id, {.metrics = {}, .params = {}, .tags = {{key, value}}});
  }

  testing::TempTracker tracker_;
};

TEST_F(RunTest, KeepsWhatItWasMadeWithAcrossARestart) {
  const auto made = tracker_
                        ->CreateRun({.experiment = ExperimentId("0"),
                                     .name = "trial 1",
                                     .user = "ann",
                                     .started_at = At("2013-09-30T12:00:00Z"),
                                     .tags = {{std::string(kParentRunTag), "p"}},
                                     .params = {{"c", "1.5"}, {"kernel", ""}}},
                                    "ann")
                        .value();
  tracker_.Reopen();
  const auto read = tracker_->GetRun(made.id).value();
  EXPECT_EQ(read.ToJson(), made.ToJson());
  EXPECT_EQ(read.params, (Texts{{"c", "1.5"}, {"kernel", ""}}));
  EXPECT_EQ(read.tags, (Texts{{"mlflow.parentRunId", "p"}, {"mlflow.runName", "trial 1"}}));
  EXPECT_EQ(read.status, RunStatus::kRunning);
  EXPECT_EQ(read.started_at, At("2013-09-30T12:00:00Z"));
  EXPECT_EQ(read.ended_at, std::nullopt);
  EXPECT_THAT(made.id.value(), MatchesRegex("[0-9a-f]{32}"));
}

TEST_F(RunTest, WithoutNameExperimentOrStartGetsThem) {
  const auto run = tracker_->CreateRun({}, "ann").value();
  EXPECT_THAT(run.name, MatchesRegex("[a-z]+-[a-z]+-[0-9]+"));
  EXPECT_EQ(run.tags.at("mlflow.runName"), run.name);
  EXPECT_EQ(run.experiment.value(), "0");
  EXPECT_EQ(run.started_at, At("2013-10-01"));
  EXPECT_NE(tracker_->CreateRun({}, "ann").value().name, run.name);
}

TEST_F(RunTest, NameAndNameTagAreOneThing) {
  NewRun tagged;
  tagged.tags = {{"mlflow.runName", "by tag"}};
  const auto run = tracker_->CreateRun(tagged, "ann").value();
  EXPECT_EQ(run.name, "by tag");
  ASSERT_TRUE(LogTag(run.id, "mlflow.runName", "renamed"));
  EXPECT_EQ(tracker_->GetRun(run.id).value().name, "renamed");

  tagged.name = "another";
  EXPECT_EQ(tracker_->CreateRun(tagged, "ann").error().code(), base::ErrorCode::kInvalidArgument);
}

TEST_F(RunTest, ParamsAreWrittenOnceAndTagsOverwritten) {
  const auto id = MakeRun();
  ASSERT_TRUE(LogParam(id, "depth", "3"));
  ASSERT_TRUE(LogParam(id, "depth", "3"));
  const auto changed = LogParam(id, "depth", "5");
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code(), base::ErrorCode::kFailedPrecondition);
  EXPECT_EQ(changed.error().name(), "depth");
  EXPECT_THAT(changed.error().message(), HasSubstr("'3'"));
  EXPECT_THAT(changed.error().message(), HasSubstr(id.value()));
  ASSERT_TRUE(LogTag(id, "note", "a"));
  ASSERT_TRUE(LogTag(id, "note", "b"));
  const auto run = tracker_->GetRun(id).value();
  EXPECT_EQ(run.params, (Texts{{"depth", "3"}}));
  EXPECT_EQ(run.tags.at("note"), "b");
}

TEST_F(RunTest, ABatchIsKeptWholeOrNotAtAll) {
  const auto id = MakeRun();
  ASSERT_TRUE(LogParam(id, "depth", "3"));
  LogBatch batch;
  batch.metrics = {{.key = "loss", .value = 1, .time = At("2013-10-01"), .step = 0}};
  batch.params = {{"new", "1"}, {"depth", "5"}};
  batch.tags = {{"note", "a"}};
  ASSERT_FALSE(tracker_->Log(id, batch));
  const auto run = tracker_->GetRun(id).value();
  EXPECT_EQ(run.params, (Texts{{"depth", "3"}}));
  EXPECT_FALSE(run.tags.contains("note"));
  EXPECT_TRUE(run.metrics.empty());
}

TEST_F(RunTest, EndsWithStatusAndTimeAndMayLogAfterwards) {
  const auto id = MakeRun();
  ASSERT_TRUE(tracker_->EndRun(id, RunStatus::kFailed, At("2013-10-01T01:00:00Z"), "ann"));
  ASSERT_TRUE(tracker_->EndRun(id, RunStatus::kFinished, At("2013-10-01T02:00:00Z"), "bob"));
  ASSERT_TRUE(LogTag(id, "note", "late"));
  const auto run = tracker_->GetRun(id).value();
  EXPECT_EQ(run.status, RunStatus::kFinished);
  EXPECT_EQ(run.ended_at, At("2013-10-01T02:00:00Z"));
  EXPECT_EQ(tracker_->EndRun(id, RunStatus::kRunning, At("2013-10-01"), "ann").error().name(), "status");
  EXPECT_EQ(tracker_->EndRun(RunId("no"), RunStatus::kFailed, At("2013-10-01"), "ann").error().code(),
            base::ErrorCode::kNotFound);
}

TEST_F(RunTest, AuditsItsLifeButNotWhatItLogs) {
  const auto id = MakeRun();
  ASSERT_TRUE(LogParam(id, "depth", "3"));
  ASSERT_TRUE(LogTag(id, "note", "a"));
  ASSERT_TRUE(tracker_->EndRun(id, RunStatus::kFinished, At("2013-10-01"), "ann"));
  ASSERT_TRUE(tracker_->DeleteRun(id, "bob"));
  ASSERT_TRUE(tracker_->RestoreRun(id, "cyd"));
  ASSERT_TRUE(tracker_->RestoreRun(id, "cyd"));  // nothing happens
  EXPECT_THAT(store::testing::AuditActions(tracker_.database()),
              ElementsAre("system experiment_created 0", "ann run_created " + id.value(), "ann run_ended " + id.value(),
                          "bob run_deleted " + id.value(), "cyd run_restored " + id.value()));
}

TEST_F(RunTest, ADeletedRunAnswersButTakesNothing) {
  const auto id = MakeRun();
  ASSERT_TRUE(tracker_->DeleteRun(id, "ann"));
  EXPECT_EQ(tracker_->GetRun(id).value().stage, LifecycleStage::kDeleted);
  EXPECT_TRUE(tracker_->ListRuns(ExperimentId("0"), 10, 0).value().empty());
  EXPECT_TRUE(tracker_->DeleteRun(id, "ann"));  // nothing happens
  for (const auto& refused :
       {LogTag(id, "note", "a"), tracker_->DeleteRunTag(id, "note"), tracker_->LogInputs(id, {}),
        tracker_->LogOutputs(id, {}), tracker_->EndRun(id, RunStatus::kFailed, At("2013-10-01"), "ann")}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), base::ErrorCode::kFailedPrecondition);
    EXPECT_THAT(refused.error().message(), HasSubstr(id.value()));
  }
  ASSERT_TRUE(tracker_->RestoreRun(id, "ann"));
  EXPECT_TRUE(LogTag(id, "note", "a"));
}

TEST_F(RunTest, UnknownRunsAreNotFound) {
  const RunId unknown("0123456789abcdef0123456789abcdef");
  EXPECT_THAT(tracker_->GetRun(unknown).error().message(),
              HasSubstr("Run with id=0123456789abcdef0123456789abcdef not found"));
  EXPECT_EQ(LogTag(unknown, "a", "b").error().code(), base::ErrorCode::kNotFound);
  EXPECT_EQ(tracker_->MetricHistory(unknown, "loss", 1).error().code(), base::ErrorCode::kNotFound);
  EXPECT_EQ(tracker_->CreateRun({.experiment = ExperimentId("9")}, "ann").error().code(), base::ErrorCode::kNotFound);
  EXPECT_LT(tracker_->GetRun(RunId(std::string(1'000'000, 'x'))).error().message().size(), 300u);
}

TEST_F(RunTest, ListsNewestFirstInPagesWithAllTheirData) {
  const auto experiment = tracker_->EnsureExperiment("rain", "ann").value().id;
  for (int i = 0; i < 7; ++i) {
    const auto id = tracker_
                        ->CreateRun({.experiment = experiment,
                                     .name = std::to_string(i),
                                     .user = {},
                                     .started_at = At("2013-10-01") + std::chrono::minutes(i % 5),
                                     .tags = {},
                                     .params = {{"i", std::to_string(i)}}},
                                    "ann")
                        .value()
                        .id;
    LogBatch batch;
    batch.metrics = {{.key = "loss", .value = 0.5 * i, .time = At("2013-10-01"), .step = 1}};
    ASSERT_TRUE(tracker_->Log(id, batch));
  }
  MakeRun("elsewhere");
  const auto all = tracker_->ListRuns(experiment, 100, 0).value();
  ASSERT_EQ(all.size(), 7u);
  for (size_t i = 1; i < all.size(); ++i) {
    EXPECT_TRUE(std::pair(all[i].started_at, all[i - 1].id) < std::pair(all[i - 1].started_at, all[i].id));
  }
  for (const auto& run : all) {
    EXPECT_EQ(run.params.at("i"), run.name);
    EXPECT_EQ(run.tags.at("mlflow.runName"), run.name);
    ASSERT_EQ(run.metrics.size(), 1u);
    EXPECT_EQ(run.metrics[0].value, 0.5 * std::stoi(run.name));
  }
  const auto page = tracker_->ListRuns(experiment, 3, 5).value();
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].ToJson(), all[5].ToJson());
  EXPECT_EQ(page[1].ToJson(), all[6].ToJson());
}

TEST_F(RunTest, PageSizesThatMakeNoSenseAreNamed) {
  const ExperimentId experiment("0");
  EXPECT_EQ(tracker_->ListRuns(experiment, 0, 0).error().name(), "limit");
  EXPECT_EQ(tracker_->ListRuns(experiment, 50'001, 0).error().name(), "limit");
  EXPECT_EQ(tracker_->ListRuns(experiment, 1, -1).error().name(), "offset");
  EXPECT_EQ(tracker_->ListRuns(ExperimentId("4"), 1, 0).error().code(), base::ErrorCode::kNotFound);
  EXPECT_EQ(tracker_->MetricHistory(MakeRun(), "loss", -1).error().name(), "limit");
}

TEST_F(RunTest, RefusesKeysAndValuesOverTheirLimits) {
  const auto id = MakeRun();
  std::string umlauts;
  for (int i = 0; i < 6000; ++i) umlauts += "\xC3\xBC";
  EXPECT_TRUE(LogParam(id, std::string(250, 'k'), umlauts));
  EXPECT_TRUE(LogTag(id, "long", std::string(8000, 'v')));
  const auto over = LogParam(id, "over", umlauts + "x");
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_THAT(over.error().message(), HasSubstr("exceeds the maximum length of 6000 characters"));
  EXPECT_EQ(LogTag(id, "over", std::string(8001, 'v')).error().name(), "over");
  EXPECT_EQ(LogTag(id, "a/../b", "v").error().name(), "a/../b");
  EXPECT_EQ(LogParam(id, std::string(251, 'k'), "v").error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(LogParam(id, "bytes", "\xFF").error().name(), "bytes");
}

TEST_F(RunTest, RefusesBatchesOverTheirLimitsAndParamsTwice) {
  const auto id = MakeRun();
  LogBatch batch;
  for (int i = 0; i < 101; ++i) batch.tags.emplace_back(std::to_string(i), "");
  EXPECT_EQ(tracker_->Log(id, batch).error().name(), "tags");
  batch.tags.pop_back();
  for (int i = 0; i < 901; ++i) batch.metrics.push_back({.key = "m", .value = 0, .time = {}, .step = i});
  EXPECT_THAT(tracker_->Log(id, batch).error().message(), HasSubstr("can contain at most 1000"));
  batch.metrics.pop_back();
  EXPECT_TRUE(tracker_->Log(id, batch));
  LogBatch metrics;
  for (int i = 0; i < 1001; ++i) metrics.metrics.push_back({.key = "m", .value = 0, .time = {}, .step = i});
  EXPECT_EQ(tracker_->Log(id, metrics).error().name(), "metrics");

  const auto twice = tracker_->Log(id, {.metrics = {}, .params = {{"a", "1"}, {"a", "1"}}, .tags = {}});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().name(), "a");
}

TEST_F(RunTest, AfterTheDatabaseStoppedEverythingIsUnavailable) {
  const auto id = MakeRun();
  tracker_.database().Stop();
  EXPECT_EQ(tracker_->GetRun(id).error().code(), base::ErrorCode::kUnavailable);
  EXPECT_EQ(LogTag(id, "a", "b").error().code(), base::ErrorCode::kUnavailable);
  EXPECT_EQ(tracker_->CreateRun({}, "ann").error().code(), base::ErrorCode::kUnavailable);
}

TEST(TrackerSchema, IsTheReleasedOne) {
  testing::TempTracker tracker;
  const auto golden = base::ReadFile(std::filesystem::path(GYRE_TEST_DATA) / "schema.sql", 1 << 20).value();
  EXPECT_EQ(store::testing::DumpSchema(tracker.database()).value(), golden)
      << "A released migration never changes: add one, and put the dump above into testdata/schema.sql.";
}

TEST_F(RunTest, ARunMayHaveTheIdOfWhatItStandsFor) {
  const RunId id("0123456789abcdef0123456789abcdef");
  EXPECT_EQ(tracker_->CreateRun({.id = id}, "ann").value().id, id);
  EXPECT_EQ(tracker_->GetRun(id).value().id, id);
  EXPECT_EQ(tracker_->CreateRun({.id = id}, "ann").error().code(), base::ErrorCode::kAlreadyExists);
  EXPECT_TRUE(tracker_->CreateRun({.id = RunId("Imported_run-7")}, "ann"));
  for (const char* bad : {"-a", "_a", "a/b", "a.b", "\xC3\xBC"}) {
    EXPECT_EQ(tracker_->CreateRun({.id = RunId(bad)}, "ann").error().name(), "id") << bad;
  }
}

TEST_F(RunTest, UpdatesOnlyWhatIsGiven) {
  const auto id = MakeRun();
  const auto scheduled = tracker_->UpdateRun(id, {.status = RunStatus::kScheduled}, "ann").value();
  EXPECT_EQ(scheduled.status, RunStatus::kScheduled);
  EXPECT_EQ(scheduled.name, "trial");
  const auto renamed = tracker_->UpdateRun(id, {.name = "better"}, "ann").value();
  EXPECT_EQ(renamed.status, RunStatus::kScheduled);
  EXPECT_EQ(renamed.name, "better");
  EXPECT_EQ(tracker_->GetRun(id).value().tags.at("mlflow.runName"), "better");
  EXPECT_EQ(tracker_->UpdateRun(id, {.name = ""}, "ann").value().name, "better");
  const auto ended = tracker_->UpdateRun(id, {.ended_at = At("2013-10-02")}, "ann").value();
  EXPECT_EQ(ended.ended_at, At("2013-10-02"));
  ASSERT_TRUE(tracker_->DeleteRun(id, "ann"));
  EXPECT_EQ(tracker_->UpdateRun(id, {.name = "late"}, "ann").error().code(), base::ErrorCode::kFailedPrecondition);
}

TEST_F(RunTest, ATagIsDeletedOnce) {
  const auto id = MakeRun();
  ASSERT_TRUE(LogTag(id, "note", "a"));
  ASSERT_TRUE(tracker_->DeleteRunTag(id, "note"));
  EXPECT_FALSE(tracker_->GetRun(id).value().tags.contains("note"));
  const auto again = tracker_->DeleteRunTag(id, "note");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), base::ErrorCode::kNotFound);
  EXPECT_THAT(again.error().message(), HasSubstr("No tag with name: note"));
}

TEST_F(RunTest, AnEmptyNameTagLeavesTheName) {
  const auto id = MakeRun();
  ASSERT_TRUE(LogTag(id, "mlflow.runName", ""));
  EXPECT_EQ(tracker_->GetRun(id).value().name, "trial");
  EXPECT_EQ(tracker_->GetRun(id).value().tags.at("mlflow.runName"), "trial");
}

}  // namespace
}  // namespace gyre::tracking
