#include "http/internal/public_address.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>

namespace gyre::http::internal {
namespace {

struct Block4 {
  uint32_t first;
  int bits;
};

/// IANA's special-purpose addresses that are not globally reachable, and multicast.
constexpr std::array<Block4, 15> kSpecial4 = {{
    {0x00000000, 8},   // this network
    {0x0A000000, 8},   // private
    {0x64400000, 10},  // shared by carriers
    {0x7F000000, 8},   // loopback
    {0xA9FE0000, 16},  // link-local, and clouds' metadata
    {0xAC100000, 12},  // private
    {0xC0000000, 24},  // protocol assignments
    {0xC0000200, 24},  // documentation
    {0xC0A80000, 16},  // private
    {0xC6120000, 15},  // benchmarks
    {0xC6336400, 24},  // documentation
    {0xCB007100, 24},  // documentation
    {0xE0000000, 4},   // multicast
    {0xF0000000, 4},   // reserved, broadcast
    {0xC0586300, 24},  // former 6to4 relays
}};

bool IsPublic4(uint32_t address) {
  for (const auto& block : kSpecial4) {
    if ((address ^ block.first) >> (32 - block.bits) == 0) return false;
  }
  return true;
}

using Bytes16 = std::array<uint8_t, 16>;

uint32_t Word(const Bytes16& bytes, size_t at) {
  return uint32_t{bytes[at]} << 24 | uint32_t{bytes[at + 1]} << 16 | uint32_t{bytes[at + 2]} << 8 | bytes[at + 3];
}

bool StartsWith(const Bytes16& bytes, uint32_t first, int bits) {
  return (Word(bytes, 0) ^ first) >> (32 - bits) == 0;
}

bool IsPublic6(const Bytes16& bytes) {
  const bool zeros = Word(bytes, 0) == 0 && Word(bytes, 4) == 0;
  if (zeros && (Word(bytes, 8) == 0xFFFF || Word(bytes, 8) == 0)) return IsPublic4(Word(bytes, 12));
  if (Word(bytes, 0) == 0x0064FF9B) {
    return Word(bytes, 4) == 0 && Word(bytes, 8) == 0 && IsPublic4(Word(bytes, 12));  // NAT64
  }
  if (StartsWith(bytes, 0x20020000, 16)) return IsPublic4(Word(bytes, 0) << 16 | Word(bytes, 4) >> 16);  // 6to4
  if (StartsWith(bytes, 0x20010000, 23) || StartsWith(bytes, 0x20010DB8, 32)) return false;
  if (StartsWith(bytes, 0x3FFF0000, 20)) return false;
  return StartsWith(bytes, 0x20000000, 3);  // global unicast
}

}  // namespace

bool IsPublicAddress(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return IsPublic4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return false;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  Bytes16 bytes{};
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return IsPublic6(bytes);
}

}  // namespace gyre::http::internal
