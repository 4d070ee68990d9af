#include "http/server.h"

#include <sys/resource.h>

#include "http/internal/listener.h"
#include "http/internal/reactor.h"

namespace gyre::http {
namespace {

/// Descriptors for everything but connections: databases, models, logs.
constexpr rlim_t kOtherDescriptors = 512;

base::Result<void> Check(const ServerOptions& options, const Router& router) {
  const bool spools =
      std::ranges::any_of(router.routes(), [](const Route& route) { return route.body_mode == BodyMode::kSpool; });
  if (spools && !std::filesystem::is_directory(options.spool_folder)) {
    return base::InvalidArgument(
        fmt::format("the spool folder '{}' does not exist; create it first", options.spool_folder.string()),
        "spool_folder");
  }
  if (options.blocking_threads == 0 || options.long_threads == 0) {
    return base::InvalidArgument("the server needs at least one blocking and one long thread", "blocking_threads");
  }
  return base::Ok();
}

/// How many of the connections the limit of open files has room for; raises the soft limit, whose default of 1024 is a
/// courtesy to programs that use select.
size_t FitConnections(size_t connections, base::Logger& log) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return connections;
  const rlim_t wanted = connections + kOtherDescriptors;
  if (limit.rlim_cur < wanted) {
    const rlim_t before = std::exchange(limit.rlim_cur, std::min(wanted, limit.rlim_max));
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
  }
  if (limit.rlim_cur >= wanted) return connections;
  const size_t fit = std::max(limit.rlim_cur, 2 * kOtherDescriptors) - kOtherDescriptors;
  log.Info("connections_limited", {{"connections", static_cast<int64_t>(fit)},
                                   {"open_files", static_cast<int64_t>(limit.rlim_cur)},
                                   {"advice", "for more, raise the hard limit of open files (ulimit -Hn)"}});
  return fit;
}

class ReactorServer final : public Server {
 public:
  ReactorServer(const ServerOptions& options, const Deps& deps)
      : options_(options), deps_(deps), count_(deps.metrics), pools_(options_) {}
  ~ReactorServer() override { Stop(std::chrono::milliseconds(0)); }

  base::Result<void> Listen();
  uint16_t port() const override { return port_; }
  void Stop(std::chrono::milliseconds patience) override;

 private:
  const ServerOptions options_;
  const Deps deps_;
  internal::ConnectionCount count_;
  internal::WorkPools pools_;
  std::vector<std::unique_ptr<internal::Reactor>> reactors_;
  uint16_t port_ = 0;
  std::atomic<bool> stopped_ = false;
};

base::Result<void> ReactorServer::Listen() {
  const size_t cores = std::max(1U, std::thread::hardware_concurrency());
  const size_t threads = options_.io_threads > 0 ? options_.io_threads : cores;
  auto sockets = TRY(internal::Listen(options_.host, options_.port, threads));
  port_ = internal::PortOf(sockets[0].get());
  std::vector<internal::Reactor::SharedListener> listeners;
  listeners.reserve(sockets.size());
  for (auto& socket : sockets) listeners.push_back(std::make_shared<const base::UniqueFd>(std::move(socket)));
  for (size_t i = 0; i < threads; ++i) {
    reactors_.push_back(TRY(internal::Reactor::Make(fmt::format("io-{}", i), listeners[i % listeners.size()], options_,
                                                    deps_, pools_, count_)));
  }
  for (const auto& reactor : reactors_) reactor->Start();
  return base::Ok();
}

void ReactorServer::Stop(std::chrono::milliseconds patience) {
  if (stopped_.exchange(true)) return;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (const auto& reactor : reactors_) reactor->Drain();
  for (const auto& reactor : reactors_) reactor->WaitDrained(deadline);
  for (const auto& reactor : reactors_) reactor->CloseAll();
  pools_.Stop();
  for (const auto& reactor : reactors_) reactor->Quit();
}

}  // namespace

base::Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, const Deps& deps) {
  TRY(Check(options, deps.router));
  ServerOptions fitting = options;
  fitting.max_connections = FitConnections(options.max_connections, deps.log);
  if (!options.spool_folder.empty()) internal::RemoveOldSpools(options.spool_folder);
  auto server = std::make_unique<ReactorServer>(fitting, deps);
  TRY(server->Listen());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace gyre::http
