#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <sys/socket.h>

namespace gyre::http::internal {

/// Who is at the other end, in the 20 bytes that a connection can afford.
struct PeerAddress {
  std::array<uint8_t, 16> ip{};  ///< the first four of IPv4
  uint16_t port = 0;
  bool v6 = false;

  static PeerAddress From(const sockaddr_storage& address);
  std::string ToString() const;  ///< "127.0.0.1:40404", "[::1]:40404"; IPv4 in IPv6's clothes as IPv4
};

}  // namespace gyre::http::internal
