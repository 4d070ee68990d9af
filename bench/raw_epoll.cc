// The limit that an HTTP server can approach: one thread, one epoll, requests found by their empty line and
// Content-Length, nothing parsed, nothing decided, and always the same bytes for an answer (by default a prediction
// like http_echo's). It takes what the load generator sends and nothing else.
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arguments.h"
#include "base/file.h"

namespace gyre::bench {
namespace {

constexpr size_t kBuffer = 16 * 1024;

constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 122\r\n"
    "Date: Wed, 25 Nov 2026 03:43:07 GMT\r\nX-Request-Id: 1e77bfaca2bddb5d0000000000000001\r\n\r\n"
    R"({"model_version":"1","predictions":[{"prediction_id":"0123456789abcdef0123456789abcdef",)"
    R"("label":"1","probability":0.123}]})";

struct Stream {
  int fd = -1;
  size_t size = 0;
  std::array<char, kBuffer> bytes;
};

int Listen(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));  // accepted sockets inherit it
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd, plain, length) != 0 || listen(fd, 4096) != 0 || getsockname(fd, plain, &length) != 0) Die("listen");
  fmt::print("{}\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return fd;
}

/// The length of the request at the front; 0 if it is not complete.
size_t RequestSize(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  constexpr std::string_view kField = "\r\nContent-Length: ";
  const auto field = bytes.substr(0, end).find(kField);
  size_t body = 0;
  if (field != std::string_view::npos) {
    for (size_t i = field + kField.size(); bytes[i] >= '0' && bytes[i] <= '9'; ++i) {
      body = body * 10 + static_cast<size_t>(bytes[i] - '0');
    }
  }
  return end + 4 + body <= bytes.size() ? end + 4 + body : 0;
}

/// False once the client has gone.
bool Serve(Stream& stream, const std::string& answer, std::string& out) {
  const ssize_t got = recv(stream.fd, stream.bytes.data() + stream.size, kBuffer - stream.size, 0);
  if (got <= 0) return got < 0 && errno == EAGAIN;
  stream.size += static_cast<size_t>(got);
  size_t taken = 0;
  out.clear();
  while (const size_t size = RequestSize({stream.bytes.data() + taken, stream.size - taken})) {
    taken += size;
    out += answer;
  }
  if (!out.empty() && send(stream.fd, out.data(), out.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(out.size())) {
    return false;
  }
  stream.size -= taken;
  if (taken > 0 && stream.size > 0) std::memmove(stream.bytes.data(), stream.bytes.data() + taken, stream.size);
  return true;
}

void Accept(int epoll, int listener) {
  int fd = -1;
  while ((fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0) {
    auto* stream = new Stream{.fd = fd};
    epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = stream}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  }
}

[[noreturn]] void Run(uint16_t port, const std::string& answer) {
  const int listener = Listen(port);
  const int epoll = epoll_create1(0);
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  std::array<epoll_event, 256> events;
  std::string out;
  while (true) {
    const int n = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < n; ++i) {
      auto* stream = static_cast<Stream*>(events[static_cast<size_t>(i)].data.ptr);
      if (stream == nullptr) {
        Accept(epoll, listener);
      } else if (!Serve(*stream, answer, out)) {
        close(stream->fd);
        delete stream;
      }
    }
  }
}

}  // namespace
}  // namespace gyre::bench

int main(int argc, char** argv) {
  using namespace gyre;
  const bench::Arguments arguments(argc, argv, {{"port", "0"}, {"answer", ""}});
  std::string answer(bench::kAnswer);
  if (!arguments.Text("answer").empty()) {
    auto file = base::ReadFile(arguments.Text("answer"), 1 << 20);
    if (!file) bench::Die("raw_epoll: --answer must name a file that holds a whole HTTP response");
    answer = *std::move(file);
  }
  bench::Run(static_cast<uint16_t>(arguments.Count("port")), answer);
}
