#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/per_core.h"

namespace gyre::monitor::internal {

/// A bounded queue of byte records between one producer and one consumer thread, without locks. Records lie contiguous,
/// each behind its length; where one does not fit before the end of the buffer, the rest of it is skipped.
class ByteRing {
 public:
  /// At least `bytes`, rounded up to a power of two.
  explicit ByteRing(size_t bytes)
      : capacity_(std::bit_ceil(bytes)), data_(std::make_unique_for_overwrite<char[]>(capacity_)) {}

  size_t capacity() const { return capacity_; }

  /// Producer: room for a record of `bytes`, or null if there is none now. The consumer sees it after `Publish`.
  char* Reserve(size_t bytes) {
    if (bytes > capacity_ / 2) return nullptr;
    const uint64_t record = Padded(bytes);
    const uint64_t to_end = capacity_ - Offset(write_);
    const uint64_t needed = record <= to_end ? record : to_end + record;
    if (write_ + needed - seen_read_ > capacity_) {
      seen_read_ = read_.load(std::memory_order_acquire);
      if (write_ + needed - seen_read_ > capacity_) return nullptr;
    }
    if (record > to_end) {
      PutLength(write_, kSkip);
      write_ += to_end;
    }
    PutLength(write_, bytes);
    char* place = &data_[Offset(write_) + kHeader];
    write_ += record;
    return place;
  }
  /// Producer: hands over everything reserved so far.
  void Publish() { published_.store(write_, std::memory_order_release); }

  /// Consumer: calls `on_record` for everything published before the call, then frees the room.
  template <class OnRecord>
  void Drain(const OnRecord& on_record) {
    const uint64_t end = published_.load(std::memory_order_acquire);
    uint64_t at = read_.load(std::memory_order_relaxed);
    while (at != end) {
      uint64_t length = 0;
      std::memcpy(&length, &data_[Offset(at)], kHeader);
      if (length == kSkip) {
        at += capacity_ - Offset(at);
        continue;
      }
      on_record(std::string_view(&data_[Offset(at) + kHeader], length));
      at += Padded(length);
    }
    read_.store(at, std::memory_order_release);
  }

 private:
  static constexpr size_t kHeader = sizeof(uint64_t);
  static constexpr uint64_t kSkip = UINT64_MAX;

  /// Multiples of the header keep room for one before the end of the buffer, always.
  static uint64_t Padded(uint64_t bytes) { return (bytes + 2 * kHeader - 1) / kHeader * kHeader; }
  size_t Offset(uint64_t position) const { return static_cast<size_t>(position & (capacity_ - 1)); }
  void PutLength(uint64_t position, uint64_t length) { std::memcpy(&data_[Offset(position)], &length, kHeader); }

  const size_t capacity_;
  const std::unique_ptr<char[]> data_;
  // The producer's.
  alignas(base::kCacheLine) uint64_t write_ = 0;
  uint64_t seen_read_ = 0;
  // Shared. Positions only ever grow.
  alignas(base::kCacheLine) std::atomic<uint64_t> published_{0};
  alignas(base::kCacheLine) std::atomic<uint64_t> read_{0};
};

}  // namespace gyre::monitor::internal
