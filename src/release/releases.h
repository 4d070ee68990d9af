#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "base/time.h"
#include "monitor/labels.h"
#include "release/canary.h"
#include "serve/endpoints.h"
#include "targets/target.h"

namespace gyre::release {

enum class CanaryState { kRunning, kPromoted, kRolledBack, kHeld, kAborted };
std::string_view CanaryStateName(CanaryState state);

struct Canary {
  std::string id;
  serve::EndpointName endpoint;
  registry::VersionRef champion;
  registry::VersionRef candidate;
  CanaryPlan plan;
  CanaryState state = CanaryState::kRunning;
  base::Timestamp started_at;
  std::optional<base::Timestamp> started_event_time;  ///< watermark at the start
  std::optional<base::Timestamp> ended_at;
  std::optional<Verdict> verdict;
  std::string actor;

  base::Json ToJson() const;
};

struct EndpointRecord {
  serve::EndpointName name;
  registry::VersionRef champion;
  std::optional<Canary> canary;  ///< the running one
  base::Timestamp created_at;
  base::Timestamp updated_at;

  base::Json ToJson() const;
};

/// Told when a canary has ended, after its end is durable and the traffic moved.
class ReleaseListener {
 public:
  virtual ~ReleaseListener() = default;
  virtual void OnCanaryEnded(const Canary& canary) = 0;
};

/// Endpoints and how they change. The durable record comes first, then the target is made to follow it, so that a crash
/// in between is mended by `Restore`. Thread-safe; changes of one endpoint are made one after the other.
class Releases {
 public:
  struct Deps {
    store::Database& database;
    registry::Registry& registry;
    targets::Target& target;
    serve::Endpoints& endpoints;
    monitor::PredictionLog& log;
    monitor::Labels& labels;
    const base::Clock& clock;
    base::Metrics& metrics;
    base::Logger& logger;
  };
  static base::Result<std::unique_ptr<Releases>> Open(const Deps& deps);
  virtual ~Releases() = default;

  virtual void SetListener(ReleaseListener* listener) = 0;

  /// Makes the target serve what is recorded; a version that no longer loads is logged and its endpoint left out.
  virtual base::Result<void> Restore() = 0;
  /// Starts the thread that judges running canaries as labels come.
  virtual void Start() = 0;

  /// Probes the version, then gives it all the traffic of the endpoint (made if new) and the alias champion. Ends a
  /// running canary as aborted. Deploying what is deployed changes nothing.
  virtual base::Result<EndpointRecord> Deploy(const serve::EndpointName& endpoint, const registry::VersionRef& version,
                                              std::string_view actor) = 0;
  virtual base::Result<Canary> StartCanary(const serve::EndpointName& endpoint, const registry::VersionRef& candidate,
                                           const CanaryPlan& plan, std::string_view actor) = 0;
  /// By hand, or the judge's doing.
  virtual base::Result<Canary> EndCanary(const std::string& canary_id, Decision decision, std::string_view reason,
                                         std::string_view actor) = 0;
  /// Judges the endpoint's running canary now instead of at the next tick; its state afterwards.
  virtual base::Result<std::optional<Canary>> JudgeNow(const serve::EndpointName& endpoint) = 0;

  virtual base::Result<EndpointRecord> Get(const serve::EndpointName& endpoint) = 0;
  virtual base::Result<std::vector<EndpointRecord>> List() = 0;
  virtual base::Result<void> Delete(const serve::EndpointName& endpoint, std::string_view actor) = 0;
  virtual base::Result<Canary> GetCanary(const std::string& id) = 0;
  virtual base::Result<std::vector<Canary>> ListCanaries(const serve::EndpointName& endpoint, int64_t limit) = 0;

  virtual void Stop() = 0;
};

}  // namespace gyre::release
