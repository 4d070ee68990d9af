#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/testing/seeded_entropy.h"
#include "http/server.h"
#include "http/testing/raw_client.h"

namespace gyre::http::testing {

/// A server on a free port with routes of the test's own. Fill `router` and `options`, then `Start`.
class TestServer {
 public:
  TestServer() {
    options.io_threads = 2;
    options.blocking_threads = 2;
    options.long_threads = 2;
  }
  ~TestServer() {
    if (server_) server_->Stop(std::chrono::milliseconds(0));
  }

  void Start() { server_ = Server::Start(options, {router, clock_, entropy_, metrics, log_}).value(); }
  void Stop(std::chrono::milliseconds patience) { server_->Stop(patience); }
  uint16_t port() const { return server_->port(); }
  RawClient Connect() const { return RawClient(port()); }

  Router router;
  ServerOptions options;
  base::Metrics metrics;

 private:
  base::SystemClock clock_;
  base::testing::SeededEntropy entropy_{7};
  base::Logger log_{{.level = base::LogLevel::kOff}};
  std::unique_ptr<Server> server_;
};

/// "GET /path HTTP/1.1" with a Host.
inline std::string Get(std::string_view path) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n";
}
inline std::string Post(std::string_view path, std::string_view body) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

}  // namespace gyre::http::testing
