#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "http/internal/completions.h"
#include "http/internal/exchange.h"
#include "http/internal/input_buffer.h"
#include "http/internal/request_ids.h"
#include "http/internal/request_metrics.h"
#include "http/internal/response_head.h"
#include "http/internal/timeouts.h"
#include "http/server.h"

namespace gyre::http::internal {

/// The threads that run what must not run on an I/O thread.
struct WorkPools {
  base::ThreadPool blocking;
  base::ThreadPool long_waits;
  base::ThreadPool spool;

  explicit WorkPools(const ServerOptions& options);
  void Stop();
};

/// What the connections of one I/O thread share. One thread, but for what Submit... hands to others.
class IoContext {
 public:
  IoContext(const ServerOptions& options, const Server::Deps& deps, WorkPools& pools, Completions& completions);

  /// An empty exchange, and back.
  Exchange* Take();
  void Recycle(Exchange* exchange);

  /// Runs the exchange's handler on its pool; it comes back through `completions`.
  base::Result<void> SubmitHandler(Exchange& exchange);
  base::Result<void> SubmitSpool(Exchange& exchange);
  /// Runs the exchange's check of a file.
  base::Result<void> SubmitCheck(Exchange& exchange);

  void LogThrown(const Route& route, std::string_view request_id, std::string_view what) const;
  /// Answers counted and, at debug level, logged.
  void Count(const Exchange& exchange, int status);

  void SetNow();

  const ServerOptions& options;
  const Server::Deps& deps;
  WorkPools& pools;
  Completions& completions;
  const HeadLimits head_limits;

  RequestMetrics metrics;
  RequestIds request_ids;
  BufferPool buffers;
  Timeouts timeouts;

  std::string out;                      ///< answers of the connection being served, not yet sent
  std::vector<Exchange*> batch;         ///< wait for the end of the wake-up
  std::vector<Connection*> unfinished;  ///< had more to read than their turn allowed
  std::chrono::steady_clock::time_point now;
  std::string_view date_line;
  size_t outstanding = 0;  ///< exchanges at the pools
  bool draining = false;

 private:
  DateLine date_;
  std::chrono::steady_clock::time_point date_checked_{};
  std::vector<std::unique_ptr<Exchange>> free_;
};

}  // namespace gyre::http::internal
