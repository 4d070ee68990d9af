#include "http/internal/io_context.h"

#include "base/log.h"

namespace gyre::http::internal {
namespace {

constexpr size_t kMaxFreeExchanges = 64;
constexpr size_t kSpoolThreads = 2;
constexpr std::chrono::milliseconds kDatePrecision{100};
constexpr std::chrono::seconds kLingerTimeout{1};

Timeouts::Lengths LengthsOf(const ServerOptions& options) {
  Timeouts::Lengths lengths{};
  lengths[static_cast<size_t>(Timeout::kIdle)] = options.idle_timeout;
  lengths[static_cast<size_t>(Timeout::kHeader)] = options.header_timeout;
  lengths[static_cast<size_t>(Timeout::kBody)] = options.body_timeout;
  lengths[static_cast<size_t>(Timeout::kWrite)] = options.body_timeout;
  lengths[static_cast<size_t>(Timeout::kLinger)] = kLingerTimeout;
  return lengths;
}

}  // namespace

WorkPools::WorkPools(const ServerOptions& options)
    : blocking({.name = "blocking", .threads = options.blocking_threads, .queue_limit = options.blocking_queue}),
      // A short queue: a caller of these waits for long anyway, and had better hear soon that there is no room.
      long_waits({.name = "long", .threads = options.long_threads, .queue_limit = options.long_threads}),
      // At most one piece and one removal per connection.
      spool({.name = "spool", .threads = kSpoolThreads, .queue_limit = 2 * options.max_connections + 1}) {}

void WorkPools::Stop() {
  blocking.Stop();
  long_waits.Stop();
  spool.Stop();
}

IoContext::IoContext(const ServerOptions& server_options, const Server::Deps& server_deps, WorkPools& work_pools,
                     Completions& done)
    : options(server_options),
      deps(server_deps),
      pools(work_pools),
      completions(done),
      head_limits{.bytes = server_options.max_header_bytes, .target = server_options.max_target_bytes},
      metrics(server_deps.metrics, server_deps.router),
      request_ids(server_deps.entropy),
      timeouts(LengthsOf(server_options)) {
  SetNow();
}

void IoContext::SetNow() {
  now = deps.clock.Monotonic();
  if (date_line.empty() || now - date_checked_ >= kDatePrecision) {
    date_checked_ = now;
    date_line = date_.At(deps.clock.Now());
  }
}

Exchange* IoContext::Take() {
  if (free_.empty()) return new Exchange();
  Exchange* exchange = free_.back().release();
  free_.pop_back();
  return exchange;
}

void IoContext::Recycle(Exchange* exchange) {
  std::unique_ptr<Exchange> owned(exchange);
  buffers.Give(std::move(owned->buffer));
  if (owned->spool) {
    // Removing a large file takes a while.
    auto removed = pools.spool.Submit([spool = std::move(owned->spool)]() mutable { spool.reset(); });
    if (!removed) owned->spool.reset();
  }
  owned->Reset();
  if (free_.size() < kMaxFreeExchanges) free_.push_back(std::move(owned));
}

base::Result<void> IoContext::SubmitHandler(Exchange& exchange) {
  auto& pool = exchange.route->execution == Execution::kLong ? pools.long_waits : pools.blocking;
  exchange.cancellation = base::Cancellation::Make();
  TRY(pool.Submit([&exchange, this] {
    const auto wanted = exchange.cancellation.Check();
    if (wanted) {
      if (const auto what = exchange.RunHandler()) LogThrown(*exchange.route, exchange.request_id(), *what);
    } else {
      exchange.response.SetError(wanted.error());
    }
    exchange.spool.reset();
    completions.Push(&exchange);
  }));
  ++outstanding;
  return base::Ok();
}

base::Result<void> IoContext::SubmitSpool(Exchange& exchange) {
  exchange.spool->StartWriting();
  exchange.spooling = true;
  auto submitted = pools.spool.Submit([&exchange, this] {
    exchange.spool->Write();
    completions.Push(&exchange);
  });
  if (!submitted) {
    exchange.spooling = false;
    return submitted;
  }
  ++outstanding;
  return base::Ok();
}

base::Result<void> IoContext::SubmitCheck(Exchange& exchange) {
  exchange.cancellation = base::Cancellation::Make();
  TRY(pools.long_waits.Submit([&exchange, this] {
    exchange.check_outcome = exchange.check(exchange.cancellation);
    if (!exchange.check_outcome && !exchange.cancellation.requested()) {
      deps.log.Error("file_not_sent_whole", {{"why", exchange.check_outcome.error().message()}});
    }
    completions.Push(&exchange);
  }));
  ++outstanding;
  return base::Ok();
}

void IoContext::LogThrown(const Route& route, std::string_view request_id, std::string_view what) const {
  deps.log.Error("handler_threw", {{"route", route.pattern}, {"request_id", request_id}, {"what", what}});
}

void IoContext::Count(const Exchange& exchange, int status) {
  // The clock is read again: `now` is the moment of the wake-up, before the handler ran.
  const auto took = deps.clock.Monotonic() - exchange.received_at;
  const auto method = exchange.head_is_valid ? std::optional(exchange.head.method) : std::nullopt;
  metrics.Count(exchange.route, method, status, took);
  if (!deps.log.enabled(base::LogLevel::kDebug)) return;
  const auto seconds = std::chrono::duration<double>(took).count();
  deps.log.Debug("request", {{"method", method ? MethodName(*method) : "unknown"},
                             {"target", exchange.head_is_valid ? exchange.target() : std::string_view()},
                             {"status", int64_t{status}},
                             {"seconds", seconds},
                             {"peer", exchange.peer()},
                             {"request_id", exchange.request_id()}});
}

}  // namespace gyre::http::internal
