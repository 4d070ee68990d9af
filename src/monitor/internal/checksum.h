#pragma once

#include <cstdint>
#include <string_view>

namespace gyre::monitor::internal {

/// CRC-32C (Castagnoli, RFC 3720), eight bytes at a time by tables ("slicing", Kounavis and Berry, 2005). Pass what an
/// earlier call returned to go on with more bytes.
uint32_t Crc32c(std::string_view bytes, uint32_t before = 0);

}  // namespace gyre::monitor::internal
