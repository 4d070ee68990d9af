#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "monitor/internal/byte_ring.h"
#include "monitor/internal/stream_table.h"
#include "serve/prediction_sink.h"

namespace gyre::monitor::internal {

class RingSet;

/// What one thread needs to offer rows: its ring, and what it found out about streams and versions before. But for the
/// ring's consumer side and the two flags, only that thread touches it.
class Producer {
 public:
  Producer(const RingSet& owner, size_t ring_bytes) : ring(ring_bytes), owner_(&owner) {}

  /// The batch's stream; only one that this thread has not seen before is looked up under a lock. Null if the endpoint
  /// has no name that can be a folder.
  const Stream* StreamOf(const serve::PredictionBatch& batch, StreamTable& streams);
  /// "rain/3". The view outlives the next call, not the one after it.
  std::string_view TextOf(const registry::VersionRef& version);

  bool BelongsTo(const RingSet& set) const { return owner_ == &set && !closed.load(std::memory_order_acquire); }

  ByteRing ring;
  std::atomic<bool> abandoned{false};  ///< its thread has ended
  std::atomic<bool> closed{false};     ///< its log has ended

 private:
  const RingSet* owner_;
  // What was used last is at the end.
  std::vector<std::pair<std::string, const Stream*>> streams_;  ///< by endpoint
  std::vector<std::unique_ptr<const std::pair<registry::VersionRef, std::string>>> texts_;
};

/// The rings of all threads that predict: each thread gets its own at first use, and the set lets go of it once the
/// thread has ended and the ring is empty. Thread-safe.
class RingSet {
 public:
  explicit RingSet(size_t ring_bytes) : ring_bytes_(ring_bytes) {}
  ~RingSet();
  RingSet(const RingSet&) = delete;
  RingSet& operator=(const RingSet&) = delete;

  Producer& OfThisThread();

  /// Calls `on_record` for everything published before the call. One thread at a time.
  template <class OnRecord>
  void Drain(const OnRecord& on_record) {
    for (const auto& producer : Producers()) {
      const bool last = producer->abandoned.load(std::memory_order_acquire);
      producer->ring.Drain(on_record);
      if (last) Remove(producer);
    }
  }

 private:
  std::vector<std::shared_ptr<Producer>> Producers() const;
  void Remove(const std::shared_ptr<Producer>& producer);

  const size_t ring_bytes_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Producer>> producers_;  ///< guarded by mutex_
};

}  // namespace gyre::monitor::internal
