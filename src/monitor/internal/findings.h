#pragma once

#include <deque>
#include <mutex>
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
  /// Hands over everything, with no lock held, on this thread; returns at once if another thread is at it.
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
  bool handing_over_ = false;   ///< guarded by mutex_
};

}  // namespace gyre::monitor::internal
