#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Messages of protocol buffers by hand, for requests that no library would write.

namespace gyre::api::mlflow::testing {

inline std::string Varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7U) bytes += static_cast<char>((value & 0x7fU) | 0x80U);
  bytes += static_cast<char>(value);
  return bytes;
}
inline std::string Number(uint32_t field, uint64_t value) {
  return Varint(field << 3U) + Varint(value);
}
inline std::string Fixed(uint32_t field, uint64_t value) {
  std::string bytes = Varint(field << 3U | 1U);
  for (unsigned i = 0; i < 8; ++i) bytes += static_cast<char>(value >> 8U * i & 0xffU);
  return bytes;
}
/// A message or a text.
inline std::string Message(uint32_t field, std::string_view content) {
  return Varint(field << 3U | 2U) + Varint(content.size()) + std::string(content);
}
/// A KeyValue with a text.
inline std::string KeyValue(std::string_view key, std::string_view text) {
  return Message(1, key) + Message(2, Message(1, text));
}

}  // namespace gyre::api::mlflow::testing
