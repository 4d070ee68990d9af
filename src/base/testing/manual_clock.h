#pragma once

#include <atomic>

#include "base/time.h"

namespace gyre::base::testing {

/// Time that stands still until a test moves it. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start) : micros_(ToMicros(start)) {}

  void Advance(std::chrono::microseconds by) { micros_ += by.count(); }
  void Set(Timestamp now) { micros_ = ToMicros(now); }

  Timestamp Now() const override { return FromMicros(micros_); }
  std::chrono::steady_clock::time_point Monotonic() const override {
    return std::chrono::steady_clock::time_point(std::chrono::microseconds(micros_.load()));
  }

 private:
  std::atomic<int64_t> micros_;
};

}  // namespace gyre::base::testing
