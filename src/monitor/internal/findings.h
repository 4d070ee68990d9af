#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

#include "base/log.h"
#include "monitor/internal/window_store.h"
#include "monitor/monitor.h"

namespace gyre::monitor::internal {

/// Durable findings on their way to the sink, in order. Thread-safe.
class Findings {
 public:
  Findings(WindowStore& store, base::Logger& logger) : store_(store), logger_(logger) {}

  void SetSink(ActionSink* sink);
  void Add(WindowReport report);
  void Add(Alarm alarm);
  /// Returns once everything added before the call has been handed over, with no lock held, by this thread or the one
  /// that is at it. Called by a sink while it is given something, it returns at once.
  void HandOver();

 private:
  using Finding = std::variant<WindowReport, Alarm>;
  /// The next one, or nothing if the queue is empty, after which another thread may hand over.
  std::optional<Finding> Take();
  void Give(const Finding& finding);

  WindowStore& store_;
  base::Logger& logger_;
  std::mutex mutex_;
  ActionSink* sink_ = nullptr;  ///< guarded by mutex_
  std::deque<Finding> queue_;   ///< guarded by mutex_
  uint64_t added_ = 0;          ///< guarded by mutex_
  uint64_t given_ = 0;          ///< guarded by mutex_
  std::thread::id giver_;       ///< guarded by mutex_: who hands over
  std::condition_variable progress_;
};

}  // namespace gyre::monitor::internal
