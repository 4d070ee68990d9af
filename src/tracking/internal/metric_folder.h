#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <thread>
#include <vector>

#include "base/result.h"
#include "store/database.h"

namespace gyre::tracking::internal {

/// The thread that folds journals. Thread-safe.
class MetricFolder {
 public:
  MetricFolder(store::Database& database, std::chrono::milliseconds delay);
  ~MetricFolder() { Stop(); }
  MetricFolder(const MetricFolder&) = delete;
  MetricFolder& operator=(const MetricFolder&) = delete;

  /// A batch of `run` is durable: now `waiting` of them wait. `deferred` says that run_metrics does not have it.
  void Noticed(int64_t run, int64_t waiting, bool deferred);

  /// Returns once run_metrics has every batch that was noticed: before a search by metrics.
  base::Result<void> FoldDeferred();

  /// Folds whatever a process before left.
  base::Result<void> FoldAll();

  void Stop();

 private:
  using Ticks = std::map<int64_t, uint64_t>;

  void Loop();
  /// The runs that are due.
  std::vector<int64_t> Take();
  /// In transactions of bounded size; the first error ends it.
  base::Result<void> Fold(std::span<const int64_t> runs);
  Ticks DeferredNow();
  /// Forgets the runs whose last deferred batch is still that of `folded`.
  void ForgetDeferred(const Ticks& folded);

  store::Database& database_;
  const std::chrono::milliseconds delay_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::set<int64_t> waiting_;
  std::set<int64_t> urgent_;  ///< those of `waiting_` with a long journal: they do not wait for the delay
  std::chrono::steady_clock::time_point due_;  ///< of what is in `waiting_`
  Ticks deferred_;  ///< runs whose run_metrics are behind, each with the tick of its last batch
  uint64_t tick_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gyre::tracking::internal
