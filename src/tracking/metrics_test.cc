#include <cmath>
#include <gmock/gmock.h>
#include <limits>

#include "tracking/testing/temp_tracker.h"

namespace gyre::tracking {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Step, seconds and value, which is what the rules are about.
MetricPoint Point(int64_t step, int64_t seconds, double value, std::string key = "loss") {
  return {.key = std::move(key), .value = value, .time = base::Timestamp(std::chrono::seconds(seconds)), .step = step};
}

std::string Text(const MetricPoint& point) {
  return fmt::format("{} step {} at {} is {}", point.key, point.step, base::ToMicros(point.time) / 1'000'000,
                     point.value);
}

class MetricsTest : public ::testing::Test {
 protected:
  void Log(std::vector<MetricPoint> points) {
    const auto logged = tracker_->Log(id_, {.metrics = std::move(points), .params = {}, .tags = {}});
    ASSERT_TRUE(logged) << logged.error().ToString();
  }
  std::vector<std::string> Latest() {
    std::vector<std::string> texts;
    const auto run = tracker_->GetRun(id_).value();
    for (const auto& point : run.metrics) texts.push_back(Text(point));
    return texts;
  }
  std::vector<std::string> History(std::string_view key = "loss", int64_t limit = 25'000) {
    std::vector<std::string> texts;
    const auto history = tracker_->MetricHistory(id_, key, limit).value().points;
    for (const auto& point : history) {
      texts.push_back(Text({.key = std::string(key), .value = point.value, .time = point.time, .step = point.step}));
    }
    return texts;
  }

  testing::TempTracker tracker_;
  RunId id_ = tracker_->CreateRun({}, "ann").value().id;
};

using ::testing::ElementsAre;

TEST_F(MetricsTest, TheLatestIsTheGreatestStepThenTimeThenValueWhateverTheOrder) {
  Log({Point(1, 50, 9), Point(2, 10, 1)});
  EXPECT_THAT(Latest(), ElementsAre("loss step 2 at 10 is 1"));
  Log({Point(1, 99, 9)});
  EXPECT_THAT(Latest(), ElementsAre("loss step 2 at 10 is 1"));
  Log({Point(2, 11, 0.5), Point(2, 11, 0.25)});
  EXPECT_THAT(Latest(), ElementsAre("loss step 2 at 11 is 0.5"));
  Log({Point(2, 11, 0.75)});
  EXPECT_THAT(Latest(), ElementsAre("loss step 2 at 11 is 0.75"));
  Log({Point(-5, 100, 100)});
  EXPECT_THAT(Latest(), ElementsAre("loss step 2 at 11 is 0.75"));
}

TEST_F(MetricsTest, HistoryIsOrderedByTimeStepValueAndSurvivesARestart) {
  Log({Point(3, 10, 1), Point(1, 20, 1), Point(2, 10, 5)});
  Log({Point(2, 10, 4), Point(1, 5, 8, "accuracy")});
  tracker_.Reopen();
  EXPECT_THAT(History(), ElementsAre("loss step 2 at 10 is 4", "loss step 2 at 10 is 5", "loss step 3 at 10 is 1",
                                     "loss step 1 at 20 is 1"));
  EXPECT_THAT(History("loss", 2), ElementsAre("loss step 2 at 10 is 4", "loss step 2 at 10 is 5"));
  EXPECT_THAT(History("accuracy"), ElementsAre("accuracy step 1 at 5 is 8"));
  EXPECT_TRUE(History("nothing").empty());
  EXPECT_THAT(Latest(), ElementsAre("accuracy step 1 at 5 is 8", "loss step 3 at 10 is 1"));
}

TEST_F(MetricsTest, TheSameBatchAgainChangesNothing) {
  const std::vector<MetricPoint> batch = {Point(1, 1, 0.5), Point(1, 1, 0.5), Point(2, 2, kNan)};
  Log(batch);
  const auto history = History();
  EXPECT_EQ(history.size(), 2u);
  Log(batch);
  EXPECT_EQ(History(), history);
}

TEST_F(MetricsTest, KeepsNanAndInfinities) {
  Log({Point(1, 1, kInfinity), Point(2, 1, -kInfinity), Point(3, 1, kNan), Point(4, 1, -0.0), Point(5, 1, 5e-324),
       Point(6, 1, 0.1)});
  tracker_.Reopen();
  const auto history = tracker_->MetricHistory(id_, "loss", 10).value().points;
  ASSERT_EQ(history.size(), 6u);
  EXPECT_EQ(history[0].value, kInfinity);
  EXPECT_EQ(history[1].value, -kInfinity);
  EXPECT_TRUE(std::isnan(history[2].value));
  EXPECT_EQ(history[3].value, 0);
  EXPECT_EQ(history[4].value, 5e-324);
  EXPECT_EQ(history[5].value, 0.1);
}

TEST_F(MetricsTest, NanCountsAsZeroAmongPointsOfOneStepAndTime) {
  Log({Point(1, 1, kNan), Point(1, 1, -2)});
  EXPECT_TRUE(std::isnan(tracker_->GetRun(id_).value().metrics[0].value));
  Log({Point(1, 1, 2)});
  EXPECT_EQ(tracker_->GetRun(id_).value().metrics[0].value, 2);
  EXPECT_EQ(History().size(), 3u);
}

TEST_F(MetricsTest, KeepsExtremeStepsAndMicroseconds) {
  constexpr auto kLow = std::numeric_limits<int64_t>::min();
  constexpr auto kHigh = std::numeric_limits<int64_t>::max();
  Log({Point(kLow, 0, 1), Point(kHigh, 0, 2)});
  EXPECT_EQ(tracker_->GetRun(id_).value().metrics[0].step, kHigh);
  EXPECT_EQ(tracker_->MetricHistory(id_, "loss", 1).value().points[0].step, kLow);
  auto late = Point(0, 0, 3, "t");
  late.time = base::FromMicros(1'380'000'000'123'456);
  Log({late});
  EXPECT_EQ(tracker_->MetricHistory(id_, "t", 1).value().points[0].time, late.time);
}

TEST_F(MetricsTest, ABadPointIsNamedAndKeepsTheWholeBatchOut) {
  auto early = Point(1, -1, 1, "early");
  for (const auto& [bad, name] :
       {std::pair(early, "early"), std::pair(Point(1, 1, 1, "a//b"), "a//b"), std::pair(Point(1, 1, 1, ""), "")}) {
    const auto logged = tracker_->Log(id_, {.metrics = {Point(1, 1, 1), bad}, .params = {}, .tags = {}});
    ASSERT_FALSE(logged);
    EXPECT_EQ(logged.error().code(), base::ErrorCode::kInvalidArgument);
    EXPECT_EQ(logged.error().name(), name);
  }
  EXPECT_TRUE(History().empty());
}

TEST_F(MetricsTest, ManyMetricsOverManyBatchesKeepTheirOwnHistories) {
  constexpr int kKeys = 120;
  for (int step = 0; step < 6; ++step) {
    std::vector<MetricPoint> batch;
    // Each batch brings some metrics that are new and some that are known, in no order.
    for (int i = step * 10; i < std::min(kKeys, 20 + step * 20); ++i) {
      const int key = i * 7 % kKeys;
      batch.push_back(Point(step, step, key, fmt::format("layer {}/norm", key)));
    }
    Log(batch);
    tracker_.Reopen();
  }
  const auto run = tracker_->GetRun(id_).value();
  EXPECT_EQ(run.metrics.size(), size_t{kKeys});
  for (const auto& latest : run.metrics) {
    const auto history = tracker_->MetricHistory(id_, latest.key, 100).value().points;
    ASSERT_FALSE(history.empty());
    EXPECT_EQ(history.back().step, latest.step);
    for (const auto& point : history) EXPECT_EQ(fmt::format("layer {}/norm", point.value), latest.key);
  }
}

TEST_F(MetricsTest, RunsDoNotSeeEachOthersPoints) {
  const auto other = tracker_->CreateRun({}, "ann").value().id;
  Log({Point(1, 1, 1), Point(1, 1, 2, "accuracy")});
  ASSERT_TRUE(tracker_->Log(other, {.metrics = {Point(1, 1, 3, "accuracy")}, .params = {}, .tags = {}}));
  EXPECT_THAT(History("accuracy"), ElementsAre("accuracy step 1 at 1 is 2"));
  EXPECT_EQ(tracker_->MetricHistory(other, "accuracy", 10).value().points[0].value, 3);
  EXPECT_TRUE(tracker_->MetricHistory(other, "loss", 10).value().points.empty());
}

}  // namespace
}  // namespace gyre::tracking
