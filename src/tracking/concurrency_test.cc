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

}  // namespace
}  // namespace gyre::tracking
