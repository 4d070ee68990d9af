// How a reactor takes connections.
#include <cerrno>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/internal/reactor.h"

namespace gyre::http::internal {
namespace {

constexpr int kAcceptsPerWakeUp = 64;
constexpr std::chrono::seconds kBetweenShortageLogs{10};

}  // namespace

/// False once there is nothing more to accept.
bool Reactor::Accept() {
  for (int i = 0; i < kAcceptsPerWakeUp; ++i) {
    sockaddr_storage address{};
    socklen_t length = sizeof(address);
    const int fd =
        accept4(listener_->get(), reinterpret_cast<sockaddr*>(&address), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      AcceptOne(fd, address);
    } else if (errno == EMFILE || errno == ENFILE) {
      TurnAwayForDescriptors();
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return false;
    }
  }
  return true;
}

void Reactor::AcceptOne(int fd, const sockaddr_storage& address) {
  if (count_.value() >= io_.options.max_connections) return TurnAway(fd);
  if (free_.empty()) {
    slabs_.push_back(std::make_unique<Connection[]>(kConnectionsPerSlab));
    for (size_t i = kConnectionsPerSlab; i > 0; --i) free_.push_back(&slabs_.back()[i - 1]);
  }
  Connection* connection = free_.back();
  if (!Watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, connection)) return TurnAway(fd);
  free_.pop_back();
  connection->Open(fd, PeerAddress::From(address), io_);
  count_.Add(1);
}

/// Answers 503 as well as can be without waiting, and closes.
void Reactor::TurnAway(int fd) {
  io_.metrics.Reject(Rejection::kConnections);
  Response response;
  response.SetError(503,
                    base::Error(base::ErrorCode::kResourceExhausted,
                                "the server has as many connections as it takes; try again shortly", "connections"));
  std::string id;
  io_.request_ids.Next(id);
  std::string bytes;
  AppendResponseHead(
      response,
      {.date_line = io_.date_line, .request_id = id, .content_length = response.body.size(), .keep_alive = false},
      bytes);
  SendTwo(fd, bytes, response.body);
  shutdown(fd, SHUT_WR);
  // Unread bytes would make the end a reset, which can overtake the answer.
  std::array<char, 4096> ignored;
  while (recv(fd, ignored.data(), ignored.size(), 0) > 0) continue;
  close(fd);
}

/// With no descriptor left, accept fails and the listener stays ready for ever: one is kept to spare for that moment.
void Reactor::TurnAwayForDescriptors() {
  if (io_.now - shortage_logged_ > kBetweenShortageLogs) {
    shortage_logged_ = io_.now;
    io_.deps.log.Error("out_of_descriptors", {{"advice", "raise the limit of open files (ulimit -n)"}});
  }
  spare_.Reset();
  const int fd = accept4(listener_->get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) TurnAway(fd);
  spare_ = base::UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

}  // namespace gyre::http::internal
