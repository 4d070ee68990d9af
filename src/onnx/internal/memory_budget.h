#pragma once

#include <atomic>
#include <cstdint>
#include <onnxruntime_c_api.h>

namespace gyre::onnx::internal {

/// Counts the tensor memory of one session against its limit. Shared by the session and by every block it has
/// allocated, so that a block freed late finds its counter alive.
class MemoryBudget {
 public:
  explicit MemoryBudget(uint64_t limit) : limit_(limit) {}

  /// False, remembered by `exceeded`, if `bytes` more would pass the limit.
  bool Take(uint64_t bytes);
  void Give(uint64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  uint64_t used() const { return used_.load(std::memory_order_relaxed); }
  uint64_t limit() const { return limit_; }
  /// Times the limit was in the way.
  uint64_t refusals() const { return refusals_.load(std::memory_order_relaxed); }

  void Ref() { references_.fetch_add(1, std::memory_order_relaxed); }
  void Unref() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 private:
  ~MemoryBudget() = default;

  const uint64_t limit_;  ///< 0: none
  std::atomic<uint64_t> used_{0};
  std::atomic<uint64_t> refusals_{0};
  std::atomic<uint64_t> references_{1};
};

struct UnrefBudget {
  void operator()(MemoryBudget* budget) const { budget->Unref(); }
};

/// While it lives, what ONNX Runtime allocates on this thread is charged to `budget`. ONNX Runtime knows one allocator
/// per process, not per session; with one intra-op thread all of a session's work is on the thread that calls it.
class BudgetScope {
 public:
  explicit BudgetScope(MemoryBudget* budget);
  ~BudgetScope();
  BudgetScope(const BudgetScope&) = delete;
  BudgetScope& operator=(const BudgetScope&) = delete;

 private:
  MemoryBudget* const outer_;
};

/// The allocator to register with every environment. It has no state of its own and is never freed, as environments of
/// several Runtimes are one and the same inside ONNX Runtime.
OrtAllocator* BudgetAllocator(const OrtApi& api);

}  // namespace gyre::onnx::internal
