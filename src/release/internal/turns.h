#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>

#include "serve/endpoints.h"

namespace gyre::release::internal {

/// Lets the changes of one endpoint be made one after the other: a change takes the endpoint's turn, waits for the
/// database and the target as long as it must, and gives it back. Only others that change the same endpoint wait;
/// readers need no turn. Thread-safe; a thread takes one turn at a time.
class Turns {
 public:
  /// Given back at destruction.
  class Turn {
   public:
    Turn(Turns& turns, const serve::EndpointName& endpoint) : turns_(turns), endpoint_(endpoint.value()) {
      std::unique_lock lock(turns_.mutex_);
      turns_.given_back_.wait(lock, [&] { return !turns_.taken_.contains(endpoint_); });
      turns_.taken_.insert(endpoint_);
    }
    ~Turn() {
      {
        const std::lock_guard lock(turns_.mutex_);
        turns_.taken_.erase(endpoint_);
      }
      turns_.given_back_.notify_all();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Turns& turns_;
    const std::string endpoint_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable given_back_;
  std::set<std::string> taken_;  ///< guarded by mutex_
};

}  // namespace gyre::release::internal
