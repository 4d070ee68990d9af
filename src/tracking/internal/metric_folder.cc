#include "tracking/internal/metric_folder.h"

#include <algorithm>

#include "base/thread_pool.h"
#include "tracking/internal/metric_fold.h"

namespace gyre::tracking::internal {
namespace {

/// Batches of one run that are worth folding together at once.
constexpr int64_t kLongJournal = 32;
/// Points in one transaction, if more than one run waits: the writer is held up for some milliseconds.
constexpr int64_t kPointsAtOnce = 32'768;

}  // namespace

MetricFolder::MetricFolder(store::Database& database, std::chrono::milliseconds delay)
    : database_(database), delay_(delay), thread_([this] {
        base::NameThread("metric-folder");
        Loop();
      }) {}

void MetricFolder::Noticed(int64_t run, int64_t waiting, bool deferred) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      due_ = std::chrono::steady_clock::now() + delay_;
      wake = true;
    }
    waiting_.insert(run);
    if (waiting >= kLongJournal) wake = urgent_.insert(run).second || wake;
    if (deferred) deferred_[run] = ++tick_;
  }
  if (wake) wake_.notify_one();
}

base::Result<void> MetricFolder::FoldDeferred() {
  const auto deferred = DeferredNow();
  if (deferred.empty()) return base::Ok();
  std::vector<int64_t> runs;
  for (const auto& [run, tick] : deferred) runs.push_back(run);
  TRY(Fold(runs));
  ForgetDeferred(deferred);
  return base::Ok();
}

base::Result<void> MetricFolder::FoldAll() {
  return Fold(TRY(database_.Read([](store::Reader& reader) { return RunsWithJournal(reader); })));
}

void MetricFolder::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void MetricFolder::Loop() {
  while (true) {
    const auto runs = Take();
    if (runs.empty()) return;
    const auto deferred = DeferredNow();
    if (Fold(runs)) {
      auto folded = deferred;
      std::erase_if(folded, [&](const auto& entry) { return !std::ranges::binary_search(runs, entry.first); });
      ForgetDeferred(folded);
    } else {
      // A full disk, say: nothing is lost, it is tried again after the delay.
      for (const int64_t run : runs) Noticed(run, 0, false);
    }
  }
}

std::vector<int64_t> MetricFolder::Take() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  wake_.wait_until(lock, due_, [this] { return stopping_ || !urgent_.empty(); });
  if (stopping_) return {};
  std::set<int64_t> taken;
  if (std::chrono::steady_clock::now() < due_) {
    taken.swap(urgent_);
    for (const int64_t run : taken) waiting_.erase(run);
  } else {
    urgent_.clear();
    taken.swap(waiting_);
  }
  return {taken.begin(), taken.end()};
}

base::Result<void> MetricFolder::Fold(std::span<const int64_t> runs) {
  while (!runs.empty()) {
    const auto folded = TRY(database_.Write([&](store::Transaction& transaction) -> base::Result<size_t> {
      size_t count = 0;
      for (int64_t points = 0; count < runs.size() && points < kPointsAtOnce; ++count) {
        points += TRY(FoldRun(transaction, runs[count]));
      }
      return count;
    }));
    runs = runs.subspan(folded);
  }
  return base::Ok();
}

MetricFolder::Ticks MetricFolder::DeferredNow() {
  const std::lock_guard lock(mutex_);
  return deferred_;
}

void MetricFolder::ForgetDeferred(const Ticks& folded) {
  const std::lock_guard lock(mutex_);
  for (const auto& [run, tick] : folded) {
    const auto found = deferred_.find(run);
    if (found != deferred_.end() && found->second == tick) deferred_.erase(found);
  }
}

}  // namespace gyre::tracking::internal
