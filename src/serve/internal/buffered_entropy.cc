#include "serve/internal/buffered_entropy.h"

namespace gyre::serve::internal {

void BufferedEntropy::Fill(std::span<unsigned char> bytes) {
  while (!bytes.empty()) {
    if (used_ == page_.size()) {
      source_.Fill(page_);
      used_ = 0;
    }
    const size_t count = std::min(bytes.size(), page_.size() - used_);
    const auto taken = std::span(page_).subspan(used_, count);
    std::ranges::copy(taken, bytes.begin());
    std::ranges::fill(taken, 0);
    used_ += count;
    bytes = bytes.subspan(count);
  }
}

}  // namespace gyre::serve::internal
