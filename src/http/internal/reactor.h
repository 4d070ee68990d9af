#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <thread>
#include <vector>

#include "base/file.h"
#include "http/internal/connection.h"

namespace gyre::http::internal {

/// How many connections all I/O threads have together.
class ConnectionCount {
 public:
  explicit ConnectionCount(base::Metrics& metrics);
  void Add(int n);
  size_t value() const { return static_cast<size_t>(count_.load(std::memory_order_relaxed)); }

 private:
  std::atomic<int64_t> count_{0};
  base::Gauge& gauge_;
};

inline constexpr size_t kConnectionsPerSlab = 64;

/// One I/O thread: an epoll, a listener, and the connections it accepted, which share nothing with other threads.
class Reactor {
 public:
  using SharedListener = std::shared_ptr<const base::UniqueFd>;

  /// The listener is dropped when the reactor drains.
  static base::Result<std::unique_ptr<Reactor>> Make(std::string name, SharedListener listener,
                                                     const ServerOptions& options, const Server::Deps& deps,
                                                     WorkPools& pools, ConnectionCount& count);
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  void Start();

  // The steps of an orderly end, in this order, each from any thread.
  void Drain();                                                      ///< no new connections, no new requests
  bool WaitDrained(std::chrono::steady_clock::time_point deadline);  ///< true once all requests are answered
  void CloseAll();                                                   ///< fires cancellations, drops connections
  void Quit();  ///< once the pools are stopped: takes back what they held and joins

 private:
  enum class Order { kRun, kDrain, kCloseAll, kQuit };

  Reactor(std::string name, SharedListener listener, const ServerOptions& options, const Server::Deps& deps,
          WorkPools& pools, ConnectionCount& count, std::unique_ptr<Completions> completions);
  base::Result<void> OpenEpoll();
  bool Watch(int fd, uint32_t events, void* data);
  void Give(Order order);

  void Run();
  void WakeUp(int events);
  bool Accept();
  void AcceptOne(int fd, const sockaddr_storage& address);
  void TurnAway(int fd);
  void TurnAwayForDescriptors();
  void TakeCompletions();
  void RunBatches();
  void RunBatch(const Route& route);
  void HandBack(Exchange* exchange);
  void GiveTurns();
  void ExpireTimeouts();
  void FollowOrders();
  void NoteDrained();
  void After(Connection& connection, bool alive);
  void Reuse();
  template <class Action>
  void ForEachConnection(Action action);

  const std::string name_;
  SharedListener listener_;
  ConnectionCount& count_;
  const std::unique_ptr<Completions> completions_;
  IoContext io_;

  base::UniqueFd epoll_;
  base::UniqueFd ticker_;
  base::UniqueFd spare_;  ///< given up for a moment when the process has no descriptors left

  std::vector<std::unique_ptr<Connection[]>> slabs_;
  std::vector<Connection*> free_;
  std::vector<Connection*> closed_;  ///< in this wake-up: events for them may still come in it
  std::chrono::steady_clock::time_point shortage_logged_{};

  std::array<epoll_event, 256> events_;
  std::vector<Exchange*> done_;
  std::vector<Exchange*> calls_;
  std::vector<Call> batch_;
  std::vector<Connection*> turns_;

  std::atomic<Order> order_{Order::kRun};
  Order followed_ = Order::kRun;
  std::mutex mutex_;
  std::condition_variable drained_changed_;
  bool drained_ = false;  ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace gyre::http::internal
