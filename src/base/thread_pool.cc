#include "base/thread_pool.h"

#include <pthread.h>

namespace gyre::base {

void NameThread(const std::string& name) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
}

ThreadPool::ThreadPool(Options options) : options_(std::move(options)) {
  for (size_t i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this, i] {
      NameThread(fmt::format("{}-{}", options_.name, i));
      Run();
    });
  }
}

ThreadPool::~ThreadPool() {
  Stop();
}

Result<void> ThreadPool::Submit(std::move_only_function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return Unavailable(fmt::format("the {} pool is stopping", options_.name), options_.name);
    if (queue_.size() >= options_.queue_limit) {
      return Error(ErrorCode::kResourceExhausted,
                   fmt::format("the {} queue is full ({} waiting); try again shortly", options_.name, queue_.size()),
                   options_.name);
    }
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
  return Ok();
}

void ThreadPool::Run() {
  while (true) {
    std::move_only_function<void()> work;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

void ThreadPool::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

size_t ThreadPool::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

}  // namespace gyre::base
