#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace gyre::http::internal {

enum class Timeout : uint8_t { kNone, kIdle, kHeader, kBody, kWrite, kLinger };
inline constexpr size_t kTimeouts = 6;

/// What can be waiting for a deadline: in one list at most.
struct TimeoutNode {
  TimeoutNode* previous = nullptr;
  TimeoutNode* next = nullptr;
  std::chrono::steady_clock::time_point deadline{};
  Timeout timeout = Timeout::kNone;
};

/// Deadlines of one I/O thread. All waits of a kind are equally long, so each kind's list is in order of deadline by
/// appending, and setting one costs a few pointer writes. One thread.
class Timeouts {
 public:
  using Clock = std::chrono::steady_clock;
  using Lengths = std::array<Clock::duration, kTimeouts>;
  explicit Timeouts(const Lengths& lengths) : lengths_(lengths) {
    for (auto& list : lists_) list.previous = list.next = &list;
  }
  Timeouts(const Timeouts&) = delete;
  Timeouts& operator=(const Timeouts&) = delete;

  /// Starts the wait anew. One that would move by less than a 32nd is left as it is: most settings of a busy
  /// connection.
  void Set(TimeoutNode& node, Timeout kind, Clock::time_point now) {
    const auto length = lengths_[static_cast<size_t>(kind)];
    const auto deadline = now + length;
    if (node.timeout == kind && deadline - node.deadline < length / 32) return;
    Clear(node);
    auto& list = lists_[static_cast<size_t>(kind)];
    node.timeout = kind;
    node.deadline = deadline;
    node.previous = list.previous;
    node.next = &list;
    list.previous->next = &node;
    list.previous = &node;
  }

  void Clear(TimeoutNode& node) {
    if (node.timeout == Timeout::kNone) return;
    node.previous->next = node.next;
    node.next->previous = node.previous;
    node.timeout = Timeout::kNone;
  }

  /// One whose deadline has passed, still in its list; null if there is none.
  TimeoutNode* Expired(Clock::time_point now) {
    for (auto& list : lists_) {
      if (list.next != &list && list.next->deadline <= now) return list.next;
    }
    return nullptr;
  }

 private:
  Lengths lengths_;
  std::array<TimeoutNode, kTimeouts> lists_;
};

}  // namespace gyre::http::internal
