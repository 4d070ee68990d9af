// A load generator for one HTTP/1.1 path: one thread, one epoll, keep-alive connections, one request under way on each.
// Closed loop (a connection sends again as soon as it is answered) or, with --rate, open loop (requests are due at a
// constant rate, and latency counts from when a request was due, so a stalled server is charged for those that waited).
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "arguments.h"
#include "base/file.h"

namespace gyre::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Settings {
  uint16_t port = 0;
  std::string request;  ///< all its bytes
  size_t connections = 1;
  double rate = 0;   ///< 0: closed loop
  pid_t server = 0;  ///< 0: not told
  Clock::duration warm_up{};
  Clock::duration measured{};
};

struct Connection {
  int fd = -1;
  bool busy = false;
  size_t sent = 0;  ///< of the request
  Clock::time_point due;
  std::string in;
};

struct Answer {
  int status = 0;
  size_t size = 0;  ///< 0: not yet complete
};

/// The answer at the front. Ends the program for one without a Content-Length: nothing here reads chunks.
Answer ParseAnswer(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return {};
  constexpr std::string_view kField = "\r\ncontent-length:";
  for (size_t at = bytes.find("\r\n"); at < end; at = bytes.find("\r\n", at + 2)) {
    if (strncasecmp(bytes.data() + at, kField.data(), kField.size()) != 0) continue;
    const size_t size = end + 4 + std::strtoull(bytes.data() + at + kField.size(), nullptr, 10);
    if (size > bytes.size()) return {};
    return {.status = std::atoi(bytes.data() + std::strlen("HTTP/1.1 ")), .size = size};
  }
  fmt::print(stderr, "load: this answer has no Content-Length:\n{}\n", bytes.substr(0, end));
  std::exit(1);
}

/// What came back while it was measured.
class Figures {
 public:
  void Add(int status, Clock::duration latency) {
    ++statuses_[status];
    if (status / 100 == 2) {
      microseconds_.push_back(std::chrono::duration<float, std::micro>(latency).count());
    } else {
      ++errors_;
    }
  }
  void AddBroken() { ++errors_, ++broken_; }

  nlohmann::ordered_json Report(double seconds) {
    std::ranges::sort(microseconds_);
    nlohmann::ordered_json statuses = nlohmann::ordered_json::object();
    for (const auto& [status, count] : statuses_) statuses[fmt::format("{}", status)] = count;
    return {{"requests", microseconds_.size()},
            {"requests_per_second", static_cast<double>(microseconds_.size()) / seconds},
            {"p50_us", Quantile(0.5)},
            {"p90_us", Quantile(0.9)},
            {"p99_us", Quantile(0.99)},
            {"p999_us", Quantile(0.999)},
            {"max_us", Quantile(1)},
            {"errors", errors_},
            {"broken_connections", broken_},
            {"statuses", std::move(statuses)}};
  }

 private:
  /// Of the answers 2xx, sorted; null without one.
  nlohmann::ordered_json Quantile(double share) const {
    if (microseconds_.empty()) return nullptr;
    const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(microseconds_.size())));
    return std::round(10 * static_cast<double>(microseconds_[std::max<size_t>(rank, 1) - 1])) / 10;
  }

  std::vector<float> microseconds_;
  std::map<int, size_t> statuses_;
  size_t errors_ = 0;
  size_t broken_ = 0;
};

/// Used by process `pid` so far, all its threads; 0 is this process.
double CpuSeconds(pid_t pid) {
  clockid_t clock{};
  timespec used{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0) Die("load: --pid");
  return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
}

class Load {
 public:
  explicit Load(Settings settings)
      : settings_(std::move(settings)), epoll_(epoll_create1(0)), connections_(settings_.connections) {
    for (auto& connection : connections_) {
      Connect(connection);
      idle_.push_back(&connection);
    }
  }

  nlohmann::ordered_json Run() {
    next_due_ = Clock::now();
    RunUntil(next_due_ + settings_.warm_up);
    figures_ = {};
    late_ = 0;
    const auto start = Clock::now();
    const double client_cpu = CpuSeconds(0);
    const double server_cpu = settings_.server > 0 ? CpuSeconds(settings_.server) : 0;
    RunUntil(start + settings_.measured);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    auto report = figures_.Report(seconds);
    report["connections"] = settings_.connections;
    report["rate"] = settings_.rate;
    report["seconds"] = seconds;
    report["client_cpu"] = (CpuSeconds(0) - client_cpu) / seconds;
    if (settings_.server > 0) report["server_cpu"] = (CpuSeconds(settings_.server) - server_cpu) / seconds;
    report["late"] = late_;
    return report;
  }

 private:
  void RunUntil(Clock::time_point end) {
    std::array<epoll_event, 256> events;
    for (auto now = Clock::now(); now < end; now = Clock::now()) {
      BeginDue(now);
      const auto until = settings_.rate > 0 && !idle_.empty() ? std::min(next_due_, end) : end;
      const auto wait = std::max<std::chrono::nanoseconds>(until - Clock::now(), std::chrono::nanoseconds(0));
      const timespec timeout{.tv_sec = wait.count() / 1'000'000'000, .tv_nsec = wait.count() % 1'000'000'000};
      const int n = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
      for (int i = 0; i < n; ++i) {
        auto& connection = *static_cast<Connection*>(events[static_cast<size_t>(i)].data.ptr);
        if (connection.busy && connection.sent < settings_.request.size()) Send(connection);
        Receive(connection);
      }
    }
  }

  /// Puts idle connections to work: in a closed loop all of them, in an open one as many as requests are due.
  void BeginDue(Clock::time_point now) {
    if (settings_.rate == 0) {
      for (; !idle_.empty(); idle_.pop_back()) Begin(*idle_.back(), now);
      return;
    }
    const auto interval =
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / settings_.rate));
    for (; !idle_.empty() && next_due_ <= now; next_due_ += interval) {
      if (now - next_due_ > std::chrono::milliseconds(1)) ++late_;
      auto& connection = *idle_.back();
      idle_.pop_back();
      Begin(connection, next_due_);
    }
  }

  void Begin(Connection& connection, Clock::time_point due) {
    connection.busy = true;
    connection.due = due;
    connection.sent = 0;
    Send(connection);
  }

  void Send(Connection& connection) {
    const auto rest = std::string_view(settings_.request).substr(connection.sent);
    const ssize_t sent = send(connection.fd, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent > 0) connection.sent += static_cast<size_t>(sent);  // a failure shows when its answer is read
  }

  void Receive(Connection& connection) {
    const ssize_t got = recv(connection.fd, received_.data(), received_.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return Reconnect(connection);
    std::string_view bytes(received_.data(), static_cast<size_t>(got));
    if (!connection.in.empty()) bytes = connection.in.append(bytes);
    if (const auto answer = ParseAnswer(bytes); answer.size > 0) {
      const auto now = Clock::now();
      figures_.Add(answer.status, now - connection.due);
      connection.in.clear();  // nothing follows an answer: one request is under way
      Finish(connection, now);
    } else {
      if (connection.in.empty()) connection.in = bytes;
      if (static_cast<size_t>(got) == received_.size()) Receive(connection);
    }
  }

  void Finish(Connection& connection, Clock::time_point now) {
    connection.busy = false;
    if (settings_.rate == 0) return Begin(connection, now);
    idle_.push_back(&connection);
  }

  /// An answered connection may be closed by the server; one under way is an error.
  void Reconnect(Connection& connection) {
    close(connection.fd);
    const bool was_busy = connection.busy;
    if (was_busy) figures_.AddBroken();
    Connect(connection);
    if (was_busy) Finish(connection, Clock::now());
  }

  void Connect(Connection& connection) {
    connection.fd = socket(AF_INET, SOCK_STREAM, 0);
    connection.in.clear();
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(settings_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(connection.fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) Die("load: connect");
    const int on = 1;
    setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    fcntl(connection.fd, F_SETFL, O_NONBLOCK);
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.ptr = &connection}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
  }

  const Settings settings_;
  const int epoll_;
  std::vector<Connection> connections_;
  std::vector<Connection*> idle_;
  std::vector<char> received_ = std::vector<char>(64 * 1024);
  Clock::time_point next_due_;
  Figures figures_;
  size_t late_ = 0;  ///< open loop: begun over a millisecond after they were due
};

std::string RequestBytes(const Arguments& arguments) {
  std::string body;
  if (!arguments.Text("body").empty()) {
    auto read = base::ReadFile(arguments.Text("body"), 64 << 20);
    if (!read) {
      fmt::print(stderr, "load: {}\n", read.error().message());
      std::exit(1);
    }
    body = *std::move(read);
  }
  return fmt::format(
      "{} {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
      body.empty() ? "GET" : "POST", arguments.Text("path"), arguments.Text("port"), body.size(), body);
}

Clock::duration Seconds(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace
}  // namespace gyre::bench

int main(int argc, char** argv) {
  using namespace gyre::bench;
  const Arguments arguments(argc, argv,
                            {{"port", "5000"},
                             {"path", "/"},
                             {"body", ""},
                             {"connections", "64"},
                             {"seconds", "5"},
                             {"warm-up", "1"},
                             {"rate", "0"},
                             {"pid", "0"}});
  Load load({.port = static_cast<uint16_t>(arguments.Count("port")),
             .request = RequestBytes(arguments),
             .connections = std::max<size_t>(arguments.Count("connections"), 1),
             .rate = arguments.Number("rate"),
             .server = static_cast<pid_t>(arguments.Count("pid")),
             .warm_up = Seconds(arguments.Number("warm-up")),
             .measured = Seconds(arguments.Number("seconds"))});
  fmt::print("{}\n", load.Run().dump());
}
