#include <cmath>
#include <gmock/gmock.h>
#include <limits>
#include <random>

#include "tracking/internal/metric_chunks.h"
#include "tracking/internal/metric_fold.h"
#include "tracking/testing/temp_tracker.h"

namespace gyre::tracking {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Times in milliseconds, as MLflow's.
MetricPoint Point(int64_t step, int64_t millis, double value, std::string key = "loss") {
  return {.key = std::move(key), .value = value, .time = base::FromMicros(millis * 1000), .step = step};
}

std::string Text(const MetricSample& sample) {
  return fmt::format("{}@{}={}", sample.step, base::ToMicros(sample.time) / 1000, sample.value);
}

class HistoryTest : public ::testing::Test {
 protected:
  void Log(std::vector<MetricPoint> points) { LogTo(id_, std::move(points)); }
  void LogTo(const RunId& id, std::vector<MetricPoint> points) {
    for (size_t start = 0; start < points.size(); start += 1000) {
      const auto end = std::min(start + 1000, points.size());
      LogBatch batch;
      batch.metrics.assign(points.begin() + static_cast<ptrdiff_t>(start),
                           points.begin() + static_cast<ptrdiff_t>(end));
      const auto logged = tracker_->Log(id, batch);
      ASSERT_TRUE(logged) << logged.error().ToString();
    }
  }
  void LogLoop(int64_t from, int64_t to) {
    std::vector<MetricPoint> points;
    for (int64_t i = from; i < to; ++i) points.push_back(Point(i, i * 10, static_cast<double>(i)));
    Log(std::move(points));
  }
  std::vector<std::string> Pages(int64_t limit) {
    std::vector<std::string> texts;
    std::string token;
    do {
      const auto page = tracker_->MetricHistory(id_, "loss", limit, token).value();
      EXPECT_LE(page.points.size(), static_cast<size_t>(limit));
      for (const auto& point : page.points) texts.push_back(Text(point));
      token = page.next.value_or("");
    } while (!token.empty());
    return texts;
  }
  std::vector<int64_t> SampledSteps(const MetricInterval& interval) {
    std::vector<int64_t> steps;
    const auto histories = tracker_->MetricHistoryInterval(std::array{id_}, "loss", interval).value();
    for (const auto& point : histories.at(0).points) steps.push_back(point.step);
    return steps;
  }
  int64_t Count(std::string_view sql) {
    return tracker_.database()
        .Read([&](store::Reader& reader) {
          return reader.QueryOne(sql, [](const store::Row& row) { return row.Int(0); });
        })
        .value()
        .value();
  }
  void Fold() {
    ASSERT_TRUE(tracker_.database().Write([](store::Transaction& transaction) -> base::Result<void> {
      for (const auto run : TRY(internal::RunsWithJournal(transaction))) TRY(internal::FoldRun(transaction, run));
      return base::Ok();
    }));
  }

  testing::TempTracker tracker_;
  RunId id_ = tracker_->CreateRun({}, "ann").value().id;
};

using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST_F(HistoryTest, ABatchOfManyMetricsIsReadAtOnceAndAfterAStartWithoutFolding) {
  std::vector<MetricPoint> points;
  for (int i = 0; i < 900; ++i) points.push_back(Point(1, 1, i, fmt::format("layer {}", i)));
  Log({Point(0, 0, -1, "layer 3"), Point(9, 9, 9, "layer 4")});
  Log(points);
  const auto check = [&] {
    const auto run = tracker_->GetRun(id_).value();
    ASSERT_THAT(run.metrics, SizeIs(900));
    EXPECT_TRUE(std::ranges::is_sorted(run.metrics, {}, &MetricPoint::key));
    for (const auto& metric : run.metrics) {
      const bool later = metric.key == "layer 4";
      EXPECT_EQ(fmt::format("layer {}", metric.value), later ? "layer 9" : metric.key);
    }
    EXPECT_THAT(tracker_->MetricHistory(id_, "layer 3", 10).value().points, SizeIs(2));
  };
  check();
  tracker_.Reopen();
  EXPECT_EQ(Count("SELECT COUNT(*) FROM run_metric_journal"), 0);
  check();
}

TEST_F(HistoryTest, WhatIsFoldedTwiceIsThereOnce) {
  LogLoop(0, 3000);
  Fold();
  const auto before = Pages(1000);
  EXPECT_THAT(before, SizeIs(3000));
  LogLoop(500, 2500);
  LogLoop(2000, 3100);
  EXPECT_THAT(Pages(1000), SizeIs(3100));
  Fold();
  EXPECT_THAT(Pages(1000), SizeIs(3100));
  EXPECT_EQ(Count("SELECT SUM(points) FROM run_metric_chunks"), 3100);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM run_metric_chunks"), 4) << "chunks are filled up";
}

/// Random points in random batches, folded now and then: what comes back is the set of them in order.
TEST_F(HistoryTest, EqualsASortedSetWhateverTheOrderOfLogging) {
  std::mt19937 random(7);
  std::vector<MetricPoint> all;
  for (int i = 0; i < 12'000; ++i) {
    const auto step = static_cast<int64_t>(random() % 2000);
    all.push_back(Point(step, static_cast<int64_t>(random() % 50), random() % 5 == 0 ? kNan : step / 2.0));
  }
  for (size_t start = 0; start < all.size();) {
    const size_t size = std::min<size_t>(1 + random() % 1000, all.size() - start);
    Log({all.begin() + static_cast<ptrdiff_t>(start), all.begin() + static_cast<ptrdiff_t>(start + size)});
    start += size;
    if (random() % 4 == 0) Fold();
  }
  std::map<std::tuple<int64_t, int64_t, double, bool>, std::string> expected;
  for (const auto& point : all) {
    const bool is_nan = std::isnan(point.value);
    expected[{base::ToMicros(point.time), point.step, is_nan ? 0 : point.value, is_nan}] =
        Text({.value = point.value, .time = point.time, .step = point.step});
  }
  std::vector<std::string> texts;
  for (const auto& [place, text] : expected) texts.push_back(text);
  EXPECT_EQ(Pages(777), texts);
  Fold();
  EXPECT_EQ(Pages(100'000), texts);
  EXPECT_EQ(Count("SELECT SUM(points) FROM run_metric_chunks"), static_cast<int64_t>(texts.size()));
  EXPECT_LE(Count("SELECT MAX(points) FROM run_metric_chunks"), static_cast<int64_t>(internal::kChunkPoints));
}

TEST_F(HistoryTest, PagesAreStableWhilePointsAreLogged) {
  LogLoop(100, 1000);
  const auto first = tracker_->MetricHistory(id_, "loss", 500).value();
  LogLoop(0, 100);  // before the place
  LogLoop(1000, 1100);
  Fold();
  const auto second = tracker_->MetricHistory(id_, "loss", 5000, *first.next).value();
  EXPECT_EQ(second.points.front().step, 600);
  EXPECT_EQ(second.points.back().step, 1099);
  EXPECT_EQ(second.next, std::nullopt);
}

TEST_F(HistoryTest, AFullLastPageHasNoNext) {
  LogLoop(0, 10);
  EXPECT_EQ(tracker_->MetricHistory(id_, "loss", 10).value().next, std::nullopt);
  EXPECT_NE(tracker_->MetricHistory(id_, "loss", 9).value().next, std::nullopt);
  EXPECT_EQ(tracker_->MetricHistory(id_, "loss", 10, "nonsense").error().name(), "page_token");
}

TEST_F(HistoryTest, TheBacklogOfOneRunIsBoundedWithoutTheThread) {
  tracker_->Stop();
  for (int i = 0; i < 300; ++i) Log({Point(i, i, i)});
  EXPECT_LE(Count("SELECT COUNT(*) FROM run_metric_journal"), 128);
  EXPECT_THAT(Pages(1000), SizeIs(300));
}

TEST_F(HistoryTest, TheThreadFoldsALongJournalSoon) {
  for (int i = 0; i < 64; ++i) Log({Point(i, i, i)});
  for (int i = 0; i < 500 && Count("SELECT COUNT(*) FROM run_metric_chunks") == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(Count("SELECT COUNT(*) FROM run_metric_chunks"), 1);
  EXPECT_THAT(Pages(1000), SizeIs(64));
}

TEST_F(HistoryTest, LeastAndGreatestLeaveNanOut) {
  Log({Point(1, 1, 5), Point(2, 2, -3), Point(3, 3, kNan)});
  Log({Point(0, 0, 7), Point(4, 4, 1)});
  Log({Point(0, 0, kNan, "lost")});
  EXPECT_EQ(Count("SELECT min_value FROM run_metrics WHERE key = 'loss'"), -3);
  EXPECT_EQ(Count("SELECT max_value FROM run_metrics WHERE key = 'loss'"), 7);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM run_metrics WHERE key = 'lost' AND min_value IS NULL"), 1);
}

TEST_F(HistoryTest, BulkGoesThroughTheRunsInOrderOfTheirIds) {
  const auto other = tracker_->CreateRun({}, "ann").value().id;
  const auto empty = tracker_->CreateRun({}, "ann").value().id;
  LogLoop(0, 5);
  LogTo(other, {Point(7, 7, 7), Point(8, 8, 8)});
  const std::vector<RunId> ids = {id_, other, RunId("unknown"), empty, id_};
  const auto all = tracker_->MetricHistoryBulk(ids, "loss", 100).value();
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_TRUE(std::ranges::is_sorted(all, {}, &RunMetricSamples::run));
  size_t points = 0;
  for (const auto& history : all) points += history.points.size();
  EXPECT_EQ(points, 7u);
  points = 0;
  const auto some = tracker_->MetricHistoryBulk(ids, "loss", 3).value();
  for (const auto& history : some) points += history.points.size();
  EXPECT_EQ(points, 3u);
  EXPECT_EQ(tracker_->MetricHistoryBulk(ids, "loss", 0).error().name(), "limit");
  EXPECT_EQ(tracker_->MetricHistoryBulk(std::vector<RunId>(101, id_), "loss", 9).error().name(), "run ids");
}

TEST_F(HistoryTest, AnIntervalIsSampledEvenlyWithBothEnds) {
  LogLoop(0, 1000);
  EXPECT_THAT(SampledSteps({.max_points = 5}), ElementsAre(0, 200, 400, 600, 999));
  EXPECT_THAT(SampledSteps({.max_points = 1}), ElementsAre(999));
  EXPECT_THAT(SampledSteps({.max_points = 3, .steps = {{10, 20}}}), ElementsAre(10, 14, 20));
  EXPECT_THAT(SampledSteps({.max_points = 100, .steps = {{5, 7}}}), ElementsAre(5, 6, 7));
  EXPECT_THAT(SampledSteps({.max_points = 100, .steps = {{5000, 7000}}}), ElementsAre());
  EXPECT_THAT(SampledSteps({.max_points = 2000}), SizeIs(1000));
  EXPECT_EQ(tracker_->MetricHistoryInterval(std::array{id_}, "loss", {.steps = {{7, 5}}}).error().name(), "start_step");
}

TEST_F(HistoryTest, AnIntervalIsInOrderOfStepsWhateverTheTimes) {
  std::vector<MetricPoint> points;
  for (int i = 0; i < 100; ++i) points.push_back(Point(i, 1000 - i, i));
  Log(points);
  EXPECT_THAT(SampledSteps({.max_points = 4}), ElementsAre(0, 25, 50, 99));
}

TEST_F(HistoryTest, HistoriesOfTheFirstVersionAreBroughtOver) {
  LogLoop(0, 3);
  Fold();
  // What version 1 had: points as rows, and the latest of them.
  ASSERT_TRUE(tracker_.database().Write([](store::Transaction& transaction) -> base::Result<void> {
    TRY(transaction.Execute("DELETE FROM run_metric_chunks"));
    for (int i = 0; i < 2500; ++i) {
      TRY(transaction.Execute("INSERT INTO run_metric_points VALUES (1, 0, ?1, ?2, ?3, 0)", i, i, 1000.0 - i));
    }
    TRY(transaction.Execute("INSERT INTO run_metric_points VALUES (1, 0, 2500, 2500, 0, 1)"));
    return base::Ok();
  }));
  tracker_.Reopen();
  EXPECT_EQ(Count("SELECT COUNT(*) FROM run_metric_points"), 0);
  const auto history = tracker_->MetricHistory(id_, "loss", 10'000).value().points;
  ASSERT_THAT(history, SizeIs(2501));
  EXPECT_TRUE(std::isnan(history.back().value));
  EXPECT_EQ(Count("SELECT min_value FROM run_metrics"), -1499);
  EXPECT_EQ(Count("SELECT max_value FROM run_metrics"), 1000);
}

}  // namespace
}  // namespace gyre::tracking
