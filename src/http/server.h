#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/id.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "base/time.h"
#include "http/router.h"

namespace gyre::http {

struct ServerOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 0;      ///< 0 takes a free one
  size_t io_threads = 0;  ///< 0: one per core
  size_t blocking_threads = 8;
  size_t blocking_queue = 256;  ///< beyond it: 503 with Retry-After
  size_t long_threads = 16;
  size_t max_connections = 20'000;      ///< fewer if the limit of open files has no room for them
  size_t max_header_bytes = 32 * 1024;  ///< request line and header fields; at most 100 of these
  size_t max_target_bytes = 8 * 1024;
  std::chrono::milliseconds header_timeout{10'000};  ///< from first byte to end of headers
  std::chrono::milliseconds body_timeout{60'000};    ///< between pieces of a body, either way
  std::chrono::milliseconds idle_timeout{75'000};    ///< keep-alive without a request
  /// For routes with BodyMode::kSpool; must exist. What an earlier process left there ("body.*") is removed.
  std::filesystem::path spool_folder;
};

/// HTTP/1.1: keep-alive, pipelining, chunked bodies, Expect: 100-continue, HEAD, OPTIONS; one event loop per I/O
/// thread. A client's mistake gets a 4xx in the form of Response::SetError and, where the stream is no longer certain,
/// the connection ends. An idle connection costs about 200 bytes here and some 2 kB in the kernel. Raises the process's
/// soft limit of open files as far as it may and needs to.
class Server {
 public:
  struct Deps {
    const Router& router;  ///< complete before Start
    const base::Clock& clock;
    base::Entropy& entropy;
    base::Metrics& metrics;
    base::Logger& log;
  };
  /// kInvalidArgument for options that cannot be, kUnavailable for an address that is in use.
  static base::Result<std::unique_ptr<Server>> Start(const ServerOptions& options, const Deps& deps);
  virtual ~Server() = default;

  virtual uint16_t port() const = 0;

  /// Takes no new connections and lets requests that are under way finish, for at most `patience`; then fires their
  /// cancellations, closes everything and joins, which takes as long as handlers take to notice. Idempotent.
  virtual void Stop(std::chrono::milliseconds patience) = 0;
};

}  // namespace gyre::http
