#include "http/internal/reactor.h"

#include <csignal>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/thread_pool.h"

namespace gyre::http::internal {
namespace {

/// Rounds of batches per wake-up: a client that pipelines makes new calls as fast as they are answered.
constexpr int kBatchRounds = 4;

/// Timeouts are looked at this often: fine enough for the shortest, rare enough to cost nothing.
std::chrono::milliseconds TickOf(const ServerOptions& options) {
  const auto shortest = std::min({options.header_timeout, options.body_timeout, options.idle_timeout});
  return std::clamp(shortest / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(250));
}

base::Result<base::UniqueFd> MakeTicker(std::chrono::milliseconds period) {
  base::UniqueFd fd(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  const timespec tick = {period.count() / 1000, (period.count() % 1000) * 1'000'000};
  const itimerspec timer = {tick, tick};
  if (!fd || timerfd_settime(fd.get(), 0, &timer, nullptr) != 0) return base::ErrnoError("cannot create", "timerfd");
  return fd;
}

}  // namespace

ConnectionCount::ConnectionCount(base::Metrics& metrics)
    : gauge_(metrics.GetGauge("gyre_http_connections", "Open connections.")) {}

void ConnectionCount::Add(int n) {
  gauge_.Set(static_cast<double>(count_.fetch_add(n, std::memory_order_relaxed) + n));
}

Reactor::Reactor(std::string name, SharedListener listener, const ServerOptions& options, const Server::Deps& deps,
                 WorkPools& pools, ConnectionCount& count, std::unique_ptr<Completions> completions)
    : name_(std::move(name)),
      listener_(std::move(listener)),
      count_(count),
      completions_(std::move(completions)),
      io_(options, deps, pools, *completions_) {}

base::Result<std::unique_ptr<Reactor>> Reactor::Make(std::string name, SharedListener listener,
                                                     const ServerOptions& options, const Server::Deps& deps,
                                                     WorkPools& pools, ConnectionCount& count) {
  auto completions = TRY(Completions::Make());
  std::unique_ptr<Reactor> reactor(
      new Reactor(std::move(name), std::move(listener), options, deps, pools, count, std::move(completions)));
  TRY(reactor->OpenEpoll());
  return reactor;
}

base::Result<void> Reactor::OpenEpoll() {
  epoll_ = base::UniqueFd(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_) return base::ErrnoError("cannot create", "epoll");
  // Of several threads that wait on one listener, only one is woken.
  const bool watched = Watch(listener_->get(), EPOLLIN | EPOLLEXCLUSIVE, &listener_) &&
                       Watch(completions_->fd(), EPOLLIN, completions_.get());
  if (!watched) return base::ErrnoError("cannot watch", "the listening socket");
  spare_ = base::UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC));
  ticker_ = TRY(MakeTicker(TickOf(io_.options)));
  if (!Watch(ticker_.get(), EPOLLIN, &ticker_)) return base::ErrnoError("cannot watch", "timerfd");
  return base::Ok();
}

bool Reactor::Watch(int fd, uint32_t events, void* data) {
  epoll_event event{.events = events, .data = {.ptr = data}};
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

Reactor::~Reactor() {
  Quit();
}

void Reactor::Start() {
  thread_ = std::thread([this] {
    base::NameThread(name_);
    // sendfile to a client that has gone raises it, and has no flag against that.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    Run();
  });
}

void Reactor::Give(Order order) {
  order_.store(order, std::memory_order_release);
  completions_->Wake();
}

void Reactor::Drain() {
  Give(Order::kDrain);
}

void Reactor::CloseAll() {
  Give(Order::kCloseAll);
}

bool Reactor::WaitDrained(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return drained_changed_.wait_until(lock, deadline, [this] { return drained_; });
}

void Reactor::Quit() {
  if (!thread_.joinable()) return;
  Give(Order::kQuit);
  thread_.join();
}

void Reactor::Run() {
  while (followed_ != Order::kQuit) {
    const bool busy = !io_.unfinished.empty() || !io_.batch.empty();
    const int n = epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), busy ? 0 : -1);
    io_.SetNow();
    WakeUp(std::max(n, 0));
    RunBatches();
    GiveTurns();
    FollowOrders();
    Reuse();
  }
}

void Reactor::WakeUp(int events) {
  bool tick = false;
  for (const auto& event : std::span(events_).first(static_cast<size_t>(events))) {
    if (event.data.ptr == &listener_) {
      Accept();
    } else if (event.data.ptr == completions_.get()) {
      TakeCompletions();
    } else if (event.data.ptr == &ticker_) {
      tick = true;
    } else if (auto& connection = *static_cast<Connection*>(event.data.ptr); connection.is_open()) {
      After(connection, connection.OnEvents(event.events));
    }
  }
  if (tick) ExpireTimeouts();
}

void Reactor::After(Connection& connection, bool alive) {
  if (alive) return;
  connection.Close();
  closed_.push_back(&connection);
  count_.Add(-1);
}

/// Connections closed in this wake-up can be used again: no event of it is left to come.
void Reactor::Reuse() {
  free_.insert(free_.end(), closed_.begin(), closed_.end());
  closed_.clear();
}

void Reactor::TakeCompletions() {
  completions_->TakeAll(done_);
  io_.outstanding -= done_.size();
  for (Exchange* exchange : done_) HandBack(exchange);
}

/// Calls the batch handlers with what this wake-up brought, route by route.
void Reactor::RunBatches() {
  for (int round = 0; round < kBatchRounds && !io_.batch.empty(); ++round) {
    calls_.clear();
    const Route* route = io_.batch.front()->route;
    std::erase_if(io_.batch, [&](Exchange* exchange) {
      const bool taken = exchange->route == route && calls_.size() < kMaxBatch;
      if (taken) calls_.push_back(exchange);
      return taken;
    });
    RunBatch(*route);
  }
}

void Reactor::RunBatch(const Route& route) {
  batch_.clear();
  for (Exchange* exchange : calls_) batch_.push_back({.request = exchange, .response = &exchange->response});
  if (const auto what = RunBatchHandler(route, batch_)) io_.LogThrown(route, calls_[0]->request_id(), *what);
  for (Exchange* exchange : calls_) HandBack(exchange);
}

void Reactor::HandBack(Exchange* exchange) {
  Connection* connection = exchange->connection;
  if (connection == nullptr) {
    if (!exchange->counted) io_.Count(*exchange, HttpStatus(base::ErrorCode::kCancelled));
    io_.Recycle(exchange);
  } else if (exchange->check) {
    After(*connection, connection->OnChecked());
  } else if (exchange->spooling) {
    After(*connection, connection->OnSpooled());
  } else {
    After(*connection, connection->OnHandled());
  }
}

void Reactor::GiveTurns() {
  turns_.clear();
  turns_.swap(io_.unfinished);
  for (Connection* connection : turns_) {
    if (connection->is_open()) After(*connection, connection->OnTurn());
  }
}

void Reactor::ExpireTimeouts() {
  uint64_t ticks = 0;
  [[maybe_unused]] const auto got = read(ticker_.get(), &ticks, sizeof(ticks));
  while (TimeoutNode* node = io_.timeouts.Expired(io_.now)) {
    auto& connection = *static_cast<Connection*>(node);
    After(connection, connection.OnTimeout());
  }
}

template <class Action>
void Reactor::ForEachConnection(Action action) {
  for (const auto& slab : slabs_) {
    for (auto& connection : std::span(slab.get(), kConnectionsPerSlab)) {
      if (connection.is_open()) action(connection);
    }
  }
}

void Reactor::FollowOrders() {
  const Order order = order_.load(std::memory_order_acquire);
  if (order >= Order::kDrain && followed_ < Order::kDrain) {
    io_.draining = true;
    // Who has connected by now is still answered; whoever comes later is refused by the kernel.
    while (Accept()) continue;
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_->get(), nullptr);
    listener_.reset();
    ForEachConnection([this](Connection& connection) { After(connection, connection.OnDrain()); });
  }
  if (order >= Order::kCloseAll && followed_ < Order::kCloseAll) {
    ForEachConnection([this](Connection& connection) { After(connection, false); });
  }
  if (order == Order::kQuit) TakeCompletions();
  followed_ = order;
  if (io_.draining) NoteDrained();
}

/// Lingering connections have their answer; they are not waited for.
void Reactor::NoteDrained() {
  size_t waited_for = io_.outstanding + io_.batch.size();
  ForEachConnection([&](const Connection& connection) { waited_for += connection.is_lingering() ? 0 : 1; });
  const std::lock_guard lock(mutex_);
  drained_ = waited_for == 0;
  if (drained_) drained_changed_.notify_all();
}

}  // namespace gyre::http::internal
