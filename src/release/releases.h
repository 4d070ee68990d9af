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
#include "monitor/labels.h"
#include "registry/registry.h"
#include "release/endpoint_record.h"
#include "targets/target.h"

namespace gyre::release {

/// Told when a canary has ended, after its end is durable and the traffic moved; on the thread that ended it, which
/// holds nothing. Must not block.
class ReleaseListener {
 public:
  virtual ~ReleaseListener() = default;
  virtual void OnCanaryEnded(const Canary& canary) = 0;
};

/// Endpoints and how they change. The durable record comes first, then the target is made to follow it, so that a crash
/// in between is mended by `Restore`. Changes of one endpoint are made one after the other; a version is probed before
/// its turn comes, so that nobody waits for that. Every change is one transaction with its audit entry. Thread-safe.
///
/// Metrics: gyre_canary_share{endpoint}, gyre_verdicts_total{endpoint,decision}.
class Releases {
 public:
  struct Options {
    std::chrono::milliseconds tick{200};  ///< how often the judge asks for new labels and candidate errors
  };
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
  static base::Result<std::unique_ptr<Releases>> Open(const Options& options, const Deps& deps);
  static base::Result<std::unique_ptr<Releases>> Open(const Deps& deps) { return Open({}, deps); }
  virtual ~Releases() = default;

  /// Not owned; before `Restore`.
  virtual void SetListener(ReleaseListener* listener) = 0;

  /// Makes the target serve what is recorded. A version that no longer loads is logged and its endpoint left out, until
  /// it is deployed again; if it is a candidate, its canary is aborted and the champion serves.
  virtual base::Result<void> Restore() = 0;
  /// Starts the thread that judges running canaries as labels come.
  virtual void Start() = 0;

  /// Probes the version, then gives it all the traffic of the endpoint (made if new) and the alias champion. Aborts a
  /// running canary. Deploying what is deployed changes nothing, a canary beside it included. If the target cannot
  /// follow, the error says so and the record stands: deploying it again, or a restart, tries again.
  virtual base::Result<EndpointRecord> Deploy(const serve::EndpointName& endpoint, const registry::VersionRef& version,
                                              std::string_view actor) = 0;
  /// kAlreadyExists: a canary is running there. kFailedPrecondition: the candidate is the champion, or cannot answer
  /// what the champion is asked (then an aborted canary is left that says why).
  virtual base::Result<Canary> StartCanary(const serve::EndpointName& endpoint, const registry::VersionRef& candidate,
                                           const CanaryPlan& plan, std::string_view actor) = 0;
  /// By hand; the verdict gets the figures of the rows so far. kFailedPrecondition if it has ended.
  virtual base::Result<Canary> EndCanary(const std::string& canary_id, Decision decision, std::string_view reason,
                                         std::string_view actor) = 0;
  /// Judges the endpoint's running canary now instead of at the next tick; as it is afterwards. Nothing if none runs.
  virtual base::Result<std::optional<Canary>> JudgeNow(const serve::EndpointName& endpoint) = 0;

  virtual base::Result<EndpointRecord> Get(const serve::EndpointName& endpoint) = 0;
  /// By name.
  virtual base::Result<std::vector<EndpointRecord>> List() = 0;
  /// Stops serving; what was logged and judged stays.
  virtual base::Result<void> Delete(const serve::EndpointName& endpoint, std::string_view actor) = 0;
  virtual base::Result<Canary> GetCanary(const std::string& id) = 0;
  /// Newest first; of every endpoint if the name is empty.
  virtual base::Result<std::vector<Canary>> ListCanaries(const serve::EndpointName& endpoint, int64_t limit) = 0;

  /// Joins the judge. Idempotent.
  virtual void Stop() = 0;
};

}  // namespace gyre::release
