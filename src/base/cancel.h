#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>

#include "base/result.h"

namespace gyre::base {

/// Tells long work to stop early: because someone asked, or because its time is over. A copy shares the request;
/// the default one never fires. Thread-safe.
class Cancellation {
 public:
  Cancellation() = default;
  /// One that `Cancel` can fire.
  static Cancellation Make() {
    Cancellation made;
    made.flag_ = std::make_shared<std::atomic<bool>>(false);
    return made;
  }
  /// The same request with a deadline of its own; the earlier one counts.
  Cancellation WithDeadline(std::chrono::steady_clock::time_point deadline) const;

  void Cancel() const {
    if (flag_) flag_->store(true, std::memory_order_release);
  }
  bool requested() const { return flag_ && flag_->load(std::memory_order_acquire); }
  std::optional<std::chrono::steady_clock::time_point> deadline() const { return deadline_; }

  /// kCancelled or kDeadlineExceeded once the work should stop; call it between pieces of work.
  Result<void> Check() const;

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
};

}  // namespace gyre::base
