#pragma once

#include <string>

namespace gyre::webhooks::internal {

/// 32 random hexadecimal digits as a random UUID is written.
inline std::string UuidOf(std::string hex) {
  hex[12] = '4';
  hex[16] = "89ab"[hex[16] % 4];
  for (const size_t at : {20, 16, 12, 8}) hex.insert(at, 1, '-');
  return hex;
}

}  // namespace gyre::webhooks::internal
