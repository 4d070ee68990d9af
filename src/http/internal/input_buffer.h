#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace gyre::http::internal {

inline constexpr size_t kInputBufferBytes = 16 * 1024;

/// Bytes that were received and not yet taken, at [begin, end) of a block that does not move.
class InputBuffer {
 public:
  explicit InputBuffer(size_t capacity)
      : capacity_(capacity), data_(std::make_unique_for_overwrite<char[]>(capacity)) {}

  std::string_view bytes() const { return {data_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  size_t capacity() const { return capacity_; }
  void Take(size_t n) { begin_ += n; }

  char* tail() { return data_.get() + end_; }
  size_t room() const { return capacity_ - end_; }
  void Added(size_t n) { end_ += n; }
  void Append(std::string_view bytes) {
    std::memcpy(tail(), bytes.data(), bytes.size());
    Added(bytes.size());
  }

  void Clear() { begin_ = end_ = 0; }
  /// Moves what is left to the front of the block.
  void Compact() {
    std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }

 private:
  size_t capacity_;
  size_t begin_ = 0;
  size_t end_ = 0;
  std::unique_ptr<char[]> data_;
};

/// Buffers of one I/O thread, the last one used first: it is still in the cache. A connection has one only while bytes
/// of a request lie in it.
class BufferPool {
 public:
  std::unique_ptr<InputBuffer> Take(size_t capacity = kInputBufferBytes) {
    if (capacity > kInputBufferBytes) return std::make_unique<InputBuffer>(capacity);
    if (free_.empty()) return std::make_unique<InputBuffer>(kInputBufferBytes);
    auto buffer = std::move(free_.back());
    free_.pop_back();
    return buffer;
  }
  void Give(std::unique_ptr<InputBuffer> buffer) {
    if (!buffer || buffer->capacity() != kInputBufferBytes || free_.size() >= kMaxFree) return;
    buffer->Clear();
    free_.push_back(std::move(buffer));
  }

 private:
  static constexpr size_t kMaxFree = 128;
  std::vector<std::unique_ptr<InputBuffer>> free_;
};

}  // namespace gyre::http::internal
