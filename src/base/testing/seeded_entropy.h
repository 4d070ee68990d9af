#pragma once

#include <mutex>
#include <random>

#include "base/id.h"

namespace gyre::base::testing {

/// The same ids every time. Thread-safe.
class SeededEntropy final : public Entropy {
 public:
  explicit SeededEntropy(uint64_t seed) : generator_(seed) {}

  void Fill(std::span<unsigned char> bytes) override {
    const std::lock_guard lock(mutex_);
    for (auto& byte : bytes) byte = static_cast<unsigned char>(generator_());
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 generator_;
};

}  // namespace gyre::base::testing
