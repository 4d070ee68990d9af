#include "monitor/monitor.h"

#include "base/id.h"
#include "base/thread_pool.h"
#include "monitor/internal/endpoint_watch.h"
#include "monitor/internal/findings.h"
#include "monitor/internal/window_store.h"

namespace gyre::monitor {
namespace {

using internal::EndpointWatch;
using internal::Findings;
using internal::WindowStore;
using serve::EndpointName;

constexpr int64_t kMaxListed = 10'000;

class TickingMonitor final : public Monitor {
 public:
  TickingMonitor(const Options& options, const Deps& deps, WindowStore store)
      : options_(options), deps_(deps), store_(std::move(store)), findings_(store_, deps.logger) {}
  ~TickingMonitor() override { Stop(); }

  void SetSink(ActionSink* sink) override { findings_.SetSink(sink); }

  base::Result<void> Start() override {
    for (auto& alarm : TRY(store_.UntakenAlarms())) findings_.Add(std::move(alarm));
    thread_ = std::thread([this] {
      base::NameThread("monitor");
      Run();
    });
    return base::Ok();
  }

  base::Result<void> Configure(const EndpointName& endpoint, const MonitorConfig& config,
                               std::string_view actor) override {
    if (!base::IsValidName(endpoint.value())) {
      return base::InvalidArgument(fmt::format("'{}' is no endpoint name", endpoint.value().substr(0, 64)), "endpoint");
    }
    TRY(store_.SaveConfig(endpoint, config, actor));
    ++configured_;
    return base::Ok();
  }
  base::Result<MonitorConfig> ConfigOf(const EndpointName& endpoint) override { return store_.LoadConfig(endpoint); }

  base::Result<void> EvaluateDue(const EndpointName& endpoint) override {
    deps_.log.Flush();
    return EvaluateAndTell(endpoint);
  }

  base::Result<void> Forget(const EndpointName& endpoint, std::string_view actor) override {
    const std::lock_guard lock(evaluating_);
    watches_.erase(endpoint);
    TRY(deps_.log.Forget(endpoint));
    TRY(deps_.labels.Forget(endpoint));
    return store_.Forget(endpoint, actor);
  }

  base::Result<std::vector<WindowReport>> Windows(const EndpointName& endpoint, int64_t limit) override {
    return store_.Windows(endpoint, std::clamp<int64_t>(limit, 0, kMaxListed));
  }
  base::Result<WindowReport> Window(const std::string& id) override { return store_.Window(id); }
  base::Result<std::vector<Alarm>> Alarms(const EndpointName& endpoint, int64_t limit) override {
    return store_.Alarms(endpoint, std::clamp<int64_t>(limit, 0, kMaxListed));
  }
  base::Result<Alarm> GetAlarm(const std::string& id) override { return store_.GetAlarm(id); }

  void Stop() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

 private:
  base::Result<void> EvaluateAndTell(const EndpointName& endpoint) {
    auto evaluated = Evaluate(endpoint);
    findings_.HandOver();
    return evaluated;
  }

  base::Result<void> Evaluate(const EndpointName& endpoint) {
    const std::lock_guard lock(evaluating_);
    auto& watch = watches_[endpoint];
    if (!watch) watch = std::make_unique<EndpointWatch>(endpoint, options_, deps_, store_, findings_);
    auto evaluated = watch->Evaluate(configured_);
    if (!evaluated) return evaluated.error().Within(fmt::format("monitoring {}", endpoint.value()));
    return evaluated;
  }

  void Run() {
    while (!StopWithin(options_.tick)) {
      for (const auto& endpoint : deps_.endpoints.Names()) {
        if (StopWithin({})) return;
        const auto evaluated = EvaluateAndTell(endpoint);
        Report(endpoint, evaluated ? std::string() : evaluated.error().message());
      }
      findings_.HandOver();
    }
  }

  bool StopWithin(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return wake_.wait_for(lock, time, [this] { return stopping_; });
  }

  /// An error that stays is logged once, not at every tick.
  void Report(const EndpointName& endpoint, std::string error) {
    auto& last = last_errors_[endpoint];
    if (!error.empty() && error != last) {
      deps_.logger.Error("monitor_failed", {{"endpoint", endpoint.value()}, {"error", error}});
    }
    last = std::move(error);
  }

  const Options options_;
  const Deps deps_;
  WindowStore store_;
  Findings findings_;

  std::atomic<uint64_t> configured_{0};  ///< how often something was
  std::mutex evaluating_;                ///< one evaluation at a time; no one else is called under it
  std::map<EndpointName, std::unique_ptr<EndpointWatch>> watches_;  ///< guarded by evaluating_
  std::map<EndpointName, std::string> last_errors_;                 ///< the thread's own

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace

base::Result<std::unique_ptr<Monitor>> Monitor::Open(const Options& options, const Deps& deps) {
  return std::make_unique<TickingMonitor>(options, deps, TRY(WindowStore::Open(deps.database)));
}

}  // namespace gyre::monitor
