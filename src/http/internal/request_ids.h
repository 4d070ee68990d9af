#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/id.h"

namespace gyre::http::internal {

/// Makes up request ids: 32 hexadecimal digits, unique by a random half and a counted half, since asking the kernel for
/// randomness would cost a system call per request. One thread.
class RequestIds {
 public:
  explicit RequestIds(base::Entropy& entropy);
  /// Replaces `out`.
  void Next(std::string& out);

 private:
  std::array<char, 16> prefix_;
  uint64_t count_ = 0;
};

/// True for 1 to 128 characters of [A-Za-z0-9._:/+=@-]: what is echoed from a client's X-Request-Id.
bool IsSaneRequestId(std::string_view id);

}  // namespace gyre::http::internal
