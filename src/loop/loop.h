#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "base/time.h"
#include "loop/cycle.h"
#include "loop/loop_config.h"
#include "monitor/monitor.h"
#include "pipeline/executor.h"
#include "release/releases.h"

namespace gyre::loop {

/// Monitor -> pipeline -> comparison -> canary -> promote, roll back or hold, without a hand in between. Each step of a
/// cycle is durable before the next begins, so a cycle survives the program. At most one cycle per endpoint; every
/// refusal to begin one is logged with its reason. What happens elsewhere only wakes the thread "loop", which does the
/// work. Thread-safe.
///
/// Metric: gyre_loop_cycles_total{endpoint,outcome}.
class Loop final : public monitor::ActionSink, public pipeline::RunListener, public release::ReleaseListener {
 public:
  struct Options {
    std::chrono::milliseconds tick{500};  ///< how often schedules and numbers of labels are looked at
  };
  struct Deps {
    store::Database& database;
    pipeline::Executor& executor;
    pipeline::Projects& projects;
    monitor::Monitor& monitor;
    monitor::PredictionLog& log;
    monitor::Labels& labels;
    release::Releases& releases;
    registry::Registry& registry;
    const base::Clock& clock;
    base::Metrics& metrics;
    base::Logger& logger;
  };
  /// All must outlive the loop. It adds itself nowhere: whoever wires makes it the monitor's sink, the executor's and
  /// the releases' listener.
  static base::Result<std::unique_ptr<Loop>> Open(const Options& options, const Deps& deps);
  static base::Result<std::unique_ptr<Loop>> Open(const Deps& deps) { return Open({}, deps); }
  ~Loop() override;

  /// Takes up what was under way, and alarms that were raised but not considered, and starts the thread.
  base::Result<void> Start();
  /// Joins; open cycles go on after the next start. Idempotent.
  void Stop();

  /// Nothing: the endpoint has no loop any more; a cycle under way goes on. kNotFound, kInvalidArgument: the project
  /// has no such pipeline, or the pipeline no such step or parameter.
  base::Result<void> Configure(const serve::EndpointName& endpoint, const std::optional<LoopConfig>& config,
                               std::string_view actor);
  base::Result<std::optional<LoopConfig>> ConfigOf(const serve::EndpointName& endpoint);

  /// Begins a cycle by hand, without regard to the cool-down. kFailedPrecondition if one is under way; kNotFound
  /// without a configuration or an endpoint; what the executor says if the run cannot be started (the cycle has failed
  /// then).
  base::Result<Cycle> Trigger(const serve::EndpointName& endpoint, std::string_view reason, std::string_view actor);
  /// Newest first; of every endpoint if the name is empty.
  base::Result<std::vector<Cycle>> Cycles(const serve::EndpointName& endpoint, int64_t limit);
  base::Result<Cycle> GetCycle(const std::string& id);

  /// Returns once the loop has acted on everything it was told of before the call.
  void Flush();
  /// Deletes the endpoint's cycles, so that a new endpoint of the name begins anew; when and how it trains stays.
  base::Result<void> Forget(const serve::EndpointName& endpoint);

  void OnWindow(const monitor::WindowReport& report) override;
  void OnAlarm(const monitor::Alarm& alarm) override;
  void OnRunStarted(const pipeline::RunRecord&) override {}
  void OnRunFinished(const pipeline::RunRecord& run) override;
  void OnCanaryEnded(const release::Canary& canary) override;

 private:
  struct Impl;
  explicit Loop(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gyre::loop
