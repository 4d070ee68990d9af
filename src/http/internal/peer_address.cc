#include "http/internal/peer_address.h"

#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>

namespace gyre::http::internal {

PeerAddress PeerAddress::From(const sockaddr_storage& address) {
  PeerAddress peer;
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    std::memcpy(peer.ip.data(), &v4.sin_addr, sizeof(v4.sin_addr));
    peer.port = ntohs(v4.sin_port);
  } else if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    peer.port = ntohs(v6.sin6_port);
    peer.v6 = !IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr);
    const auto* bytes = reinterpret_cast<const uint8_t*>(&v6.sin6_addr);
    std::memcpy(peer.ip.data(), peer.v6 ? bytes : bytes + 12, peer.v6 ? 16 : 4);
  }
  return peer;
}

std::string PeerAddress::ToString() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(v6 ? AF_INET6 : AF_INET, ip.data(), text.data(), text.size());
  return v6 ? fmt::format("[{}]:{}", text.data(), port) : fmt::format("{}:{}", text.data(), port);
}

}  // namespace gyre::http::internal
