#include <gtest/gtest.h>

#include "tracking/testing/temp_tracker.h"

namespace gyre::tracking {
namespace {

constexpr int kThreads = 8;
constexpr int kBatches = 20;

void InThreads(const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, i);
  for (auto& thread : threads) thread.join();
}

LogBatch BatchOf(int thread, int round) {
  LogBatch batch;
  for (int i = 0; i < 10; ++i) {
    const int64_t step = round * 10 + i;
    batch.metrics.push_back({.key = "shared", .value = thread + 0.5, .time = base::FromMicros(step), .step = step});
    batch.metrics.push_back(
        {.key = fmt::format("own {}", thread), .value = 1, .time = base::FromMicros(step), .step = step});
  }
  batch.tags = {{fmt::format("tag {}", thread), std::to_string(round)}};
  return batch;
}

TEST(TrackerConcurrency, ThreadsLoggingToOneRunLoseNothing) {
  testing::TempTracker tracker;
  const auto id = tracker->CreateRun({}, "ann").value().id;
  InThreads([&](int thread) {
    for (int round = 0; round < kBatches; ++round) {
      const auto logged = tracker->Log(id, BatchOf(thread, round));
      EXPECT_TRUE(logged) << logged.error().ToString();
    }
  });
  tracker.Reopen();
  EXPECT_EQ(tracker->MetricHistory(id, "shared", 100'000).value().points.size(), size_t{kThreads * kBatches * 10});
  const auto run = tracker->GetRun(id).value();
  EXPECT_EQ(run.metrics.size(), size_t{kThreads + 1});
  for (const auto& metric : run.metrics) {
    EXPECT_EQ(metric.step, kBatches * 10 - 1) << metric.key;
    EXPECT_EQ(metric.value, metric.key == "shared" ? kThreads - 0.5 : 1);
  }
  for (int thread = 0; thread < kThreads; ++thread) {
    EXPECT_EQ(run.tags.at(fmt::format("tag {}", thread)), std::to_string(kBatches - 1));
  }
}

TEST(TrackerConcurrency, ThreadsWithRunsOfTheirOwnAndReadersBeside) {
  testing::TempTracker tracker;
  std::array<RunId, kThreads> ids;
  InThreads([&](int thread) {
    ids[thread] = tracker->CreateRun({}, "ann").value().id;
    for (int round = 0; round < kBatches; ++round) {
      EXPECT_TRUE(tracker->Log(ids[thread], BatchOf(thread, round)));
      const auto runs = tracker->ListRuns(ExperimentId("0"), 100, 0).value();
      for (const auto& run : runs) {
        // A batch is seen whole: the shared metric and the thread's own are always at the same step.
        if (run.metrics.empty()) continue;
        EXPECT_EQ(run.metrics.at(0).step, run.metrics.at(1).step);
      }
    }
    EXPECT_TRUE(tracker->EndRun(ids[thread], RunStatus::kFinished, base::FromMicros(1), "ann"));
  });
  EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), size_t{kThreads});
  for (const auto& id : ids) {
    EXPECT_EQ(tracker->MetricHistory(id, "shared", 100'000).value().points.size(), size_t{kBatches * 10});
    EXPECT_EQ(tracker->GetRun(id).value().status, RunStatus::kFinished);
  }
}

TEST(TrackerConcurrency, OneOfManyValuesOfAParamWins) {
  testing::TempTracker tracker;
  const auto id = tracker->CreateRun({}, "ann").value().id;
  std::array<bool, kThreads> won{};
  InThreads([&](int thread) {
    won[thread] =
        tracker->Log(id, {.metrics = {}, .params = {{"depth", std::to_string(thread)}}, .tags = {}}).has_value();
  });
  EXPECT_EQ(std::ranges::count(won, true), 1);
  EXPECT_TRUE(won[std::stoul(tracker->GetRun(id).value().params.at("depth"))]);
}

TEST(TrackerConcurrency, EnsuringOneNameMakesOneExperiment) {
  testing::TempTracker tracker;
  std::array<ExperimentId, kThreads> ids;
  InThreads([&](int thread) { ids[thread] = tracker->EnsureExperiment("rain", "ann").value().id; });
  EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), 1u);
  EXPECT_EQ(tracker->ListExperiments().value().size(), 2u);
}

TEST(TrackerConcurrency, ManyThreadsWithWideBatchesSearchesAndHistoriesLoseNothing) {
  constexpr int kMany = 64;
  constexpr int kRounds = 6;
  constexpr int kWide = 40;
  testing::TempTracker tracker;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kMany; ++thread) {
    threads.emplace_back([&tracker, thread] {
      const auto id = tracker->CreateRun({}, "ann").value().id;
      for (int round = 0; round < kRounds; ++round) {
        LogBatch batch;
        for (int i = 0; i < kWide; ++i) {
          batch.metrics.push_back(
              {.key = fmt::format("m{}", i), .value = 1, .time = base::FromMicros(round), .step = round});
        }
        ASSERT_TRUE(tracker->Log(id, batch));
        ASSERT_TRUE(tracker->Log(id, batch));  // as a client does that had no answer
        const auto run = tracker->GetRun(id).value();
        ASSERT_EQ(run.metrics.size(), size_t{kWide});
        for (const auto& metric : run.metrics) ASSERT_EQ(metric.step, round) << "a thread reads what it wrote";
        if (thread % 8 == 0) {
          const auto found = tracker->SearchRuns(
              {.experiments = {"0"}, .filter = fmt::format("metrics.m7 >= 1 and run_id = '{}'", id.value())});
          ASSERT_TRUE(found) << found.error().ToString();
          ASSERT_EQ(found->runs.size(), 1u);
        }
      }
      const auto history = tracker->MetricHistory(id, "m39", 100).value();
      ASSERT_EQ(history.points.size(), size_t{kRounds});
    });
  }
  for (auto& thread : threads) thread.join();
  tracker.Reopen();
  const auto runs = tracker->ListRuns(ExperimentId("0"), 1000, 0).value();
  ASSERT_EQ(runs.size(), size_t{kMany});
  for (const auto& run : runs) {
    EXPECT_EQ(tracker->MetricHistory(run.id, "m0", 100).value().points.size(), size_t{kRounds});
  }
}

TEST(TrackerConcurrency, ARunThatIsPurgedWhileItIsLoggedToLeavesNothing) {
  testing::TempTracker tracker;
  for (int round = 0; round < 5; ++round) {
    const auto id = tracker->CreateRun({}, "ann").value().id;
    std::thread logging([&] {
      for (int i = 0; i < 50 && tracker->Log(id, BatchOf(i, i)); ++i) {
      }
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(round));
    EXPECT_TRUE(tracker->DeleteRun(id, "ann"));
    EXPECT_TRUE(tracker->PurgeRun(id, "ann"));
    logging.join();
  }
  tracker.Reopen();
  for (const char* table : {"run_metrics", "run_metric_chunks", "run_metric_journal", "purged_runs"}) {
    const auto rows = tracker.database().Read([&](store::Reader& reader) {
      return reader.QueryOne(fmt::format("SELECT COUNT(*) FROM {}", table),
                             [](const store::Row& row) { return row.Int(0); });
    });
    EXPECT_EQ(rows.value().value(), 0) << table;
  }
}

}  // namespace
}  // namespace gyre::tracking
