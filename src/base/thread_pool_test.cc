#include "base/thread_pool.h"

#include <future>
#include <gtest/gtest.h>

#include "base/cancel.h"

namespace gyre::base {
namespace {

TEST(ThreadPool, RunsWhatWasQueuedBeforeStopAndRefusesWhatComesAfter) {
  std::atomic<int> ran = 0;
  ThreadPool pool({.name = "test", .threads = 3});
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(pool.Submit([&ran] { ++ran; }));
  pool.Stop();
  pool.Stop();
  EXPECT_EQ(ran, 500);
  EXPECT_EQ(pool.Submit([] {}).error().code(), ErrorCode::kUnavailable);
}

TEST(ThreadPool, AFullQueueRefusesInsteadOfGrowing) {
  // Outlive the pool, whose thread uses them to its end.
  std::promise<void> started;
  std::promise<void> release;
  ThreadPool pool({.name = "test", .threads = 1, .queue_limit = 2});
  ASSERT_TRUE(pool.Submit([&] {
    started.set_value();
    release.get_future().wait();
  }));
  started.get_future().wait();
  ASSERT_TRUE(pool.Submit([] {}));
  ASSERT_TRUE(pool.Submit([] {}));
  EXPECT_EQ(pool.Submit([] {}).error().code(), ErrorCode::kResourceExhausted);
  release.set_value();
}

TEST(Cancellation, FiresForEveryCopyAndForThePassedDeadline) {
  EXPECT_TRUE(Cancellation().Check());
  const auto cancel = Cancellation::Make();
  const auto narrowed = cancel.WithDeadline(std::chrono::steady_clock::now() + std::chrono::hours(1));
  EXPECT_TRUE(narrowed.Check());
  cancel.Cancel();
  EXPECT_EQ(narrowed.Check().error().code(), ErrorCode::kCancelled);
  const auto late = Cancellation().WithDeadline(std::chrono::steady_clock::now() - std::chrono::seconds(1));
  EXPECT_EQ(late.Check().error().code(), ErrorCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace gyre::base
