#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "base/per_core.h"

namespace gyre::base {

/// Things that one thread may use at a time, kept from call to call: one per core, since that is how many threads run
/// at once, and some to spare for threads that lose their core halfway. Taking one costs an atomic exchange that no
/// other core fights for. When all are taken, a throw-away one is made. Thread-safe.
template <class T>
class CorePool {
 public:
  CorePool() : slots_(2 * CoreSlots()) {}

  /// Gives the thing back at the end of its life. Must not outlive the pool.
  class Lease {
   public:
    Lease(std::atomic<bool>* busy, std::unique_ptr<T>* kept) : busy_(busy), kept_(kept) {}
    Lease(Lease&& other) noexcept
        : busy_(std::exchange(other.busy_, nullptr)), kept_(other.kept_), own_(std::move(other.own_)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (busy_ != nullptr) busy_->store(false, std::memory_order_release);
    }

    /// Null until the holder, being the first of its place, has made one.
    T* get() const { return kept_ != nullptr ? kept_->get() : own_.get(); }
    T& operator*() const { return *get(); }
    T* operator->() const { return get(); }
    void Set(std::unique_ptr<T> made) { (kept_ != nullptr ? *kept_ : own_) = std::move(made); }

   private:
    std::atomic<bool>* busy_;
    std::unique_ptr<T>* kept_;
    std::unique_ptr<T> own_;
  };

  Lease Take() {
    const size_t first = CoreSlot(slots_.size() / 2);
    for (size_t i = 0; i < slots_.size(); ++i) {
      auto& slot = slots_[(first + i) & (slots_.size() - 1)];
      if (!slot.busy.exchange(true, std::memory_order_acquire)) return Lease(&slot.busy, &slot.kept);
    }
    return Lease(nullptr, nullptr);
  }

 private:
  struct alignas(kCacheLine) Slot {
    std::atomic<bool> busy = false;
    std::unique_ptr<T> kept;  ///< guarded by busy
  };
  std::vector<Slot> slots_;
};

}  // namespace gyre::base
