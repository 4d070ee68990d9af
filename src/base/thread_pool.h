#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"

namespace gyre::base {

/// Names the calling thread as `ps -L` and a debugger show it (15 characters count).
void NameThread(const std::string& name);

/// A fixed set of named threads behind a bounded queue, for work that may block. Thread-safe.
class ThreadPool {
 public:
  struct Options {
    std::string name;
    size_t threads = 1;
    size_t queue_limit = 1024;
  };
  explicit ThreadPool(Options options);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Queues `work`, or says kResourceExhausted (queue full) or kUnavailable (stopped); then `work` is destroyed unrun.
  Result<void> Submit(std::move_only_function<void()> work);

  /// Runs what is queued, takes nothing more, joins. Idempotent.
  void Stop();

  size_t queued() const;

 private:
  void Run();

  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::move_only_function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace gyre::base
