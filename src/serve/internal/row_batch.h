#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace gyre::serve::internal {

/// Frees a reused buffer that an unusually large request has left larger than this.
inline constexpr size_t kKeptBytes = 1 << 20;
template <class Buffer>
void TrimBuffer(Buffer& buffer) {
  if (buffer.capacity() * sizeof(typename Buffer::value_type) > kKeptBytes) Buffer().swap(buffer);
}

/// The rows of one request. The buffers are reused by the next one; texts point into the request's body or, where they
/// had escapes, into `unescaped`.
struct RowBatch {
  static constexpr base::Timestamp kNoEventTime = base::Timestamp::min();

  size_t rows = 0;
  std::vector<float> numbers;                ///< row-major, as the signature orders them; NaN where missing
  std::vector<std::string_view> categories;  ///< likewise; empty where missing
  std::vector<base::Timestamp> event_times;  ///< kNoEventTime where none was sent
  std::vector<std::string_view> keys;        ///< empty where none was sent
  std::string unescaped;

  void Clear();
  void Trim();
};

}  // namespace gyre::serve::internal
