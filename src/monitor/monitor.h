#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "base/time.h"
#include "monitor/config.h"
#include "monitor/labels.h"
#include "monitor/prediction_log.h"
#include "monitor/report.h"
#include "registry/registry.h"
#include "serve/endpoints.h"
#include "store/database.h"

namespace gyre::monitor {

/// What happens when the monitor finds something. Called after the finding is durable, on the monitor's thread or the
/// one that called `EvaluateDue`, one call at a time. May call the monitor.
class ActionSink {
 public:
  virtual ~ActionSink() = default;
  /// When a window has closed, and again whenever labels have changed its performance.
  virtual void OnWindow(const WindowReport& report) = 0;
  /// At least once: an alarm that was raised but not handed over when the process ended comes at the next `Start`.
  virtual void OnAlarm(const Alarm& alarm) = 0;
};

/// Watches every installed endpoint: closes windows as event time passes, compares their rows, whichever version
/// answered them, with the reference profile of the champion there is then, and judges answers once the labels' event
/// time has passed the window. Windows without rows are not reported. Thread-safe.
///
/// Sets gyre_drift_score{endpoint,feature,test} and gyre_performance{endpoint,metric} to the newest window's figures
/// and counts gyre_alarms_total{endpoint,kind}.
class Monitor {
 public:
  struct Options {
    std::chrono::milliseconds tick{200};
    /// A window whose labels have grown by less than a tenth is judged anew only this long after the last time.
    std::chrono::seconds judge_again{60};
  };
  struct Deps {
    store::Database& database;
    PredictionLog& log;
    Labels& labels;
    registry::Registry& registry;
    serve::Endpoints& endpoints;
    const base::Clock& clock;
    base::Metrics& metrics;
    base::Logger& logger;
  };
  static base::Result<std::unique_ptr<Monitor>> Open(const Options& options, const Deps& deps);
  virtual ~Monitor() = default;

  /// Not owned; set before `Start`. Without one, alarms wait.
  virtual void SetSink(ActionSink* sink) = 0;
  virtual base::Result<void> Start() = 0;

  /// Durable; in force for every window that closes from now on.
  virtual base::Result<void> Configure(const serve::EndpointName& endpoint, const MonitorConfig& config,
                                       std::string_view actor) = 0;
  virtual base::Result<MonitorConfig> ConfigOf(const serve::EndpointName& endpoint) = 0;

  /// Closes and judges every window that is due by what was answered before the call, on the calling thread, instead of
  /// waiting for the tick. Returns once the findings were handed to the sink.
  virtual base::Result<void> EvaluateDue(const serve::EndpointName& endpoint) = 0;
  /// Deletes the endpoint's logged rows, labels, windows and alarms; how it is monitored stays. For an endpoint that
  /// answers no more: rows answered meanwhile may stay. After a crash in the middle, call it again.
  virtual base::Result<void> Forget(const serve::EndpointName& endpoint, std::string_view actor) = 0;
  /// Newest first; of every endpoint if the name is empty.
  virtual base::Result<std::vector<WindowReport>> Windows(const serve::EndpointName& endpoint, int64_t limit) = 0;
  virtual base::Result<WindowReport> Window(const std::string& id) = 0;
  virtual base::Result<std::vector<Alarm>> Alarms(const serve::EndpointName& endpoint, int64_t limit) = 0;
  virtual base::Result<Alarm> GetAlarm(const std::string& id) = 0;

  /// Ends the thread. Idempotent.
  virtual void Stop() = 0;
};

}  // namespace gyre::monitor
