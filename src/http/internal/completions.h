#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace gyre::http::internal {

class Exchange;

/// How other threads hand exchanges back to their I/O thread: a list, and a descriptor that its epoll watches.
class Completions {
 public:
  static base::Result<std::unique_ptr<Completions>> Make();

  /// Any thread.
  void Push(Exchange* exchange);
  void Wake();

  /// The I/O thread. `taken` is replaced; its memory is reused.
  void TakeAll(std::vector<Exchange*>& taken);
  int fd() const { return event_.get(); }

 private:
  explicit Completions(base::UniqueFd event) : event_(std::move(event)) {}
  base::UniqueFd event_;
  std::mutex mutex_;
  std::vector<Exchange*> done_;  ///< guarded by mutex_
};

}  // namespace gyre::http::internal
