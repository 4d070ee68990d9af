#include "http/testing/raw_client.h"

#include <cstdio>
#include <cstdlib>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/text.h"

namespace gyre::http::testing {
namespace {

constexpr std::chrono::milliseconds kPatience{5000};

int Connect(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return -1;
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected = connect(fd, found->ai_addr, found->ai_addrlen) == 0;
  freeaddrinfo(found);
  return connected ? fd : -1;
}

}  // namespace

RawClient::RawClient(uint16_t port, const std::string& host) : fd_(Connect(host, port)) {
  if (!fd_) {
    std::perror("RawClient: connect");
    std::abort();
  }
}

bool RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void RawClient::CloseSendingSide() {
  shutdown(fd_.get(), SHUT_WR);
}

void RawClient::Reset() {
  const linger hard = {1, 0};
  setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
  fd_.Reset();
}

bool RawClient::HearsWithin(std::chrono::milliseconds patience) {
  pollfd wait = {fd_.get(), POLLIN, 0};
  return poll(&wait, 1, static_cast<int>(patience.count())) > 0;
}

bool RawClient::Fill() {
  if (!HearsWithin(kPatience)) return false;
  std::array<char, 65536> buffer;
  const ssize_t got = recv(fd_.get(), buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  unread_.append(buffer.data(), static_cast<size_t>(got));
  return true;
}

std::optional<RawResponse> RawClient::Read(bool for_head) {
  size_t end = 0;
  while ((end = unread_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return std::nullopt;
  }
  RawResponse response;
  const auto lines = base::Split(std::string_view(unread_).substr(0, end), '\n');
  response.status = std::atoi(std::string(lines[0].substr(9, 3)).c_str());
  for (size_t i = 1; i < lines.size(); ++i) {
    const auto colon = lines[i].find(':');
    response.headers[base::ToLower(lines[i].substr(0, colon))] = base::Trim(lines[i].substr(colon + 1));
  }
  unread_.erase(0, end + 4);
  const auto length = response.headers.find("content-length");
  if (for_head || length == response.headers.end()) return response;
  const auto size = static_cast<size_t>(std::atoll(length->second.c_str()));
  while (unread_.size() < size) {
    if (!Fill()) return std::nullopt;
  }
  response.body = unread_.substr(0, size);
  unread_.erase(0, size);
  return response;
}

RawResponse RawClient::Call(std::string_view bytes) {
  if (!Send(bytes)) return {};
  return Read().value_or(RawResponse());
}

bool RawClient::IsEnded() {
  if (!unread_.empty() || !HearsWithin(kPatience)) return false;
  char byte = 0;
  return recv(fd_.get(), &byte, 1, 0) <= 0;
}

}  // namespace gyre::http::testing
