#include "steps/trial_tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "tracking/testing/temp_tracker.h"

namespace gyre::steps {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

const std::string kId(32, 'a');

class TrialTrackerTest : public ::testing::Test {
 protected:
  pipeline::RunRecord Record(const base::Json& params = base::Json::object()) {
    pipeline::RunRecord run;
    run.id = pipeline::PipelineRunId(kId);
    run.pipeline = pipeline::PipelineName("rain");
    run.snapshot = pipeline::SnapshotId("s1");
    run.params = params;
    run.trigger = {{"kind", "drift"}};
    run.actor = "ann";
    run.created_at = tracker_.clock().Now();
    return run;
  }
  pipeline::RunRecord Ended(pipeline::State state, const base::Json& figures = base::Json::object()) {
    auto run = Record();
    run.state = state;
    run.finished_at = tracker_.clock().Now();
    run.steps = {{.name = "train", .state = state, .figures = figures}};
    return run;
  }
  tracking::Run Tracked() { return tracker_->GetRun(tracking::RunId(kId)).value(); }
  std::vector<std::pair<std::string, double>> Metrics() {
    std::vector<std::pair<std::string, double>> metrics;
    for (const auto& point : Tracked().metrics) metrics.emplace_back(point.key, point.value);
    return metrics;
  }

  tracking::testing::TempTracker tracker_;
  base::Logger log_{{.level = base::LogLevel::kOff}};
  TrialTracker trials_{*tracker_, tracker_.clock(), log_};
};

TEST_F(TrialTrackerTest, ARunOfAPipelineIsATrackedRunOfTheSameId) {
  trials_.OnRunStarted(Record({{"depth", 3}, {"name", "x"}, {"space", {1, 2}}}));
  auto run = Tracked();
  EXPECT_EQ(run.status, tracking::RunStatus::kRunning);
  EXPECT_EQ(run.user, "ann");
  EXPECT_THAT(run.params, UnorderedElementsAre(Pair("depth", "3"), Pair("name", "x"), Pair("space", "[1,2]")));
  EXPECT_EQ(run.tags.at("gyre.trigger"), R"({"kind":"drift"})");
  EXPECT_EQ(tracker_->GetExperiment(run.experiment).value().name, "rain");

  EXPECT_TRUE(
      trials_.OnRunEnding(Ended(pipeline::State::kSucceeded, {{"rows", 7}, {"brier", 0.25}, {"note", "text"}})));
  EXPECT_EQ(Tracked().status, tracking::RunStatus::kFinished);
  EXPECT_THAT(Metrics(), UnorderedElementsAre(Pair("train.rows", 7), Pair("train.brier", 0.25)));
}

TEST_F(TrialTrackerTest, AResumedRunGoesOnAsItself) {
  trials_.OnRunStarted(Record({{"depth", 3}}));
  tracker_.Reopen();
  TrialTracker again(*tracker_, tracker_.clock(), log_);
  again.OnRunStarted(Record({{"depth", 3}}));
  EXPECT_TRUE(again.OnRunEnding(Ended(pipeline::State::kSucceeded)));
  EXPECT_EQ(Tracked().status, tracking::RunStatus::kFinished);
}

TEST_F(TrialTrackerTest, TellsHowItEnded) {
  trials_.OnRunStarted(Record());
  EXPECT_TRUE(trials_.OnRunEnding(Ended(pipeline::State::kFailed)));
  EXPECT_EQ(Tracked().status, tracking::RunStatus::kFailed);
  EXPECT_TRUE(trials_.OnRunEnding(Ended(pipeline::State::kCancelled)));
  EXPECT_EQ(Tracked().status, tracking::RunStatus::kKilled);
}

TEST_F(TrialTrackerTest, WhatNoTrackedRunMayHaveIsLeftOut) {
  base::Json params = {{"a//b", 1}, {"", 2}, {std::string(300, 'k'), 3}, {"fine", 4}};
  params["long"] = std::string(5999, 'x') + "ü is cut, but not in the middle of a character";
  auto record = Record(params);
  record.trigger["reason"] = std::string(50'000, 'r');
  trials_.OnRunStarted(record);
  const auto run = Tracked();
  EXPECT_EQ(run.params.size(), 2u);
  EXPECT_EQ(run.params.at("long"), std::string(5999, 'x'));

  base::Json figures = {{"../x", 1}, {"ok", 2}};
  for (int i = 0; i < 2500; ++i) figures["m" + std::to_string(i)] = i;
  EXPECT_TRUE(trials_.OnRunEnding(Ended(pipeline::State::kSucceeded, figures)));
  EXPECT_EQ(Tracked().status, tracking::RunStatus::kFinished);
  EXPECT_EQ(Metrics().size(), 2501u + 1u);  // "train.../x" is a fine name
}

TEST_F(TrialTrackerTest, ATrialIsARunBelow) {
  trials_.OnRunStarted(Record());
  ASSERT_TRUE(trials_.OnTrial(kId, "train",
                              {{"number", 4},
                               {"params", {{"C", 0.5}, {"kernel", "rbf"}}},
                               {"metric", "neg_brier"},
                               {"mean", -0.2},
                               {"std", 0.01},
                               {"folds", {-0.19, -0.21}},
                               {"seconds", 2}}));
  const auto runs = tracker_->ListRuns(Tracked().experiment, 10, 0).value();
  ASSERT_EQ(runs.size(), 2u);
  const auto& trial = runs[0].id.value() == kId ? runs[1] : runs[0];
  EXPECT_EQ(trial.name, "train-4");
  EXPECT_EQ(trial.tags.at("mlflow.parentRunId"), kId);
  EXPECT_EQ(trial.status, tracking::RunStatus::kFinished);
  EXPECT_EQ(trial.started_at, tracker_.clock().Now() - std::chrono::seconds(2));
  EXPECT_THAT(trial.params, UnorderedElementsAre(Pair("C", "0.5"), Pair("kernel", "rbf")));
  EXPECT_EQ(tracker_->MetricHistory(trial.id, "neg_brier_fold", 10).value().points.size(), 2u);
  EXPECT_EQ(tracker_->MetricHistory(trial.id, "neg_brier", 10).value().points.at(0).value, -0.2);
}

TEST_F(TrialTrackerTest, ATrialToldAgainByAResumedStepIsTheSameRun) {
  trials_.OnRunStarted(Record());
  const base::Json trial = {{"number", 4}, {"metric", "f1"}, {"mean", 0.5}, {"folds", {0.4, 0.6}}};
  ASSERT_TRUE(trials_.OnTrial(kId, "train", trial));
  tracker_.Reopen();
  TrialTracker again(*tracker_, tracker_.clock(), log_);
  again.OnRunStarted(Record());
  ASSERT_TRUE(again.OnTrial(kId, "train", trial));
  ASSERT_TRUE(again.OnTrial(kId, "other", trial));
  const auto runs = tracker_->ListRuns(Tracked().experiment, 10, 0).value();
  ASSERT_EQ(runs.size(), 3u);
  for (const auto& run : runs) {
    if (run.id.value() == kId) continue;
    EXPECT_EQ(run.status, tracking::RunStatus::kFinished);
    EXPECT_EQ(tracker_->MetricHistory(run.id, "f1_fold", 10).value().points.size(), 2u);
  }
}

TEST_F(TrialTrackerTest, ARunWhoseStartCouldNotBeWrittenIsTrackedByItsEnd) {
  EXPECT_TRUE(trials_.OnRunEnding(Ended(pipeline::State::kSucceeded, {{"rows", 7}})));
  EXPECT_EQ(Tracked().status, tracking::RunStatus::kFinished);
  EXPECT_THAT(Metrics(), ElementsAre(Pair("train.rows", 7)));
}

TEST_F(TrialTrackerTest, ATrialWithoutAScoreIsStillARun) {
  trials_.OnRunStarted(Record());
  EXPECT_TRUE(
      trials_.OnTrial(kId, "train", {{"number", 0}, {"metric", "f1"}, {"mean", nullptr}, {"folds", {nullptr}}}));
  EXPECT_EQ(tracker_->ListRuns(Tracked().experiment, 10, 0).value().size(), 2u);
}

TEST_F(TrialTrackerTest, TrialsThatAreNoneAreErrors) {
  EXPECT_FALSE(trials_.OnTrial(kId, "train", {{"number", 0}, {"metric", "f1"}}));
  trials_.OnRunStarted(Record());
  for (const base::Json& trial : {base::Json("x"), base::Json::object(), base::Json{{"number", "1"}},
                                  base::Json{{"number", 1}}, base::Json{{"number", 1}, {"metric", "f1"}, {"folds", 3}}})
    EXPECT_FALSE(trials_.OnTrial(kId, "train", trial)) << trial;
}

}  // namespace
}  // namespace gyre::steps
