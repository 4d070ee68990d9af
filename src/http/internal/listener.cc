#include "http/internal/listener.h"

#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace gyre::http::internal {
namespace {

constexpr int kBacklog = 4096;

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

bool SetOption(int fd, int level, int option) {
  const int on = 1;
  return setsockopt(fd, level, option, &on, sizeof(on)) == 0;
}

base::Result<std::vector<Address>> Resolve(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed != 0) {
    return base::InvalidArgument(fmt::format("cannot listen on '{}': {}; give an address of this machine, such as "
                                             "127.0.0.1",
                                             host, gai_strerror(failed)),
                                 "host");
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, &freeaddrinfo);
  std::vector<Address> addresses;
  for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
    Address address{.length = info->ai_addrlen};
    std::memcpy(&address.storage, info->ai_addr, info->ai_addrlen);
    addresses.push_back(address);
  }
  // Of "localhost", the address that every client tries.
  std::ranges::stable_partition(addresses, [](const Address& a) { return a.storage.ss_family == AF_INET; });
  return addresses;
}

base::UniqueFd Bind(const Address& address, bool share_port) {
  base::UniqueFd fd(socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return {};
  // A restarted server need not wait for its old connections to be forgotten.
  SetOption(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  // Inherited by accepted sockets, which saves a system call on each.
  SetOption(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  if (share_port && !SetOption(fd.get(), SOL_SOCKET, SO_REUSEPORT)) return {};
  const auto* plain = reinterpret_cast<const sockaddr*>(&address.storage);
  if (bind(fd.get(), plain, address.length) != 0) return {};
  return fd;
}

/// The first socket binds without SO_REUSEPORT, so that it fails if anyone else has the port, be it another Gyre; only
/// then the port is opened to its siblings.
base::Result<std::vector<base::UniqueFd>> BindAll(const Address& address, size_t count) {
  std::vector<base::UniqueFd> sockets;
  sockets.push_back(Bind(address, false));
  if (!sockets[0]) return base::ErrnoError("cannot listen on", "the address");
  Address bound = address;
  getsockname(sockets[0].get(), reinterpret_cast<sockaddr*>(&bound.storage), &bound.length);
  const bool shares = count > 1 && SetOption(sockets[0].get(), SOL_SOCKET, SO_REUSEPORT);
  while (shares && sockets.size() < count) {
    auto next = Bind(bound, true);
    if (!next) break;
    sockets.push_back(std::move(next));
  }
  if (sockets.size() < count) sockets.resize(1);
  for (const auto& fd : sockets) {
    if (listen(fd.get(), kBacklog) != 0) return base::ErrnoError("cannot listen on", "the address");
  }
  return sockets;
}

}  // namespace

base::Result<std::vector<base::UniqueFd>> Listen(const std::string& host, uint16_t port, size_t count) {
  std::string why = "it has no address";
  for (const auto& address : TRY(Resolve(host, port))) {
    auto sockets = BindAll(address, count);
    if (sockets) return sockets;
    why = std::generic_category().message(errno);
  }
  return base::Unavailable(
      fmt::format("cannot listen on {}:{}: {}; stop what uses the port or choose another with --port", host, port, why),
      "port");
}

uint16_t PortOf(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  return address.ss_family == AF_INET6 ? ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port)
                                       : ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace gyre::http::internal
