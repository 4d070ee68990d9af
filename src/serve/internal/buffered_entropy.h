#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "base/id.h"

namespace gyre::serve::internal {

/// Random bytes fetched by the page, since a system call for each prediction would cost as much as a small model. Bytes
/// are handed out once and then wiped. For one thread at a time.
class BufferedEntropy final : public base::Entropy {
 public:
  explicit BufferedEntropy(base::Entropy& source) : source_(source) {}

  void Fill(std::span<unsigned char> bytes) override;

 private:
  base::Entropy& source_;
  std::array<unsigned char, 4096> page_{};
  size_t used_ = page_.size();
};

}  // namespace gyre::serve::internal
