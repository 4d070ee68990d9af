#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/metrics.h"
#include "base/result.h"
#include "serve/loaded_model.h"

namespace gyre::serve {

using EndpointName = base::Id<struct EndpointNameTag>;

/// Which versions answer at an endpoint, in which share.
struct Routing {
  std::shared_ptr<const LoadedModel> champion;
  /// Of a canary: gets `candidate_share` of the traffic; with `paired`, both answer every row and the one that does not
  /// reply is logged as the shadow, unless its row_cost is over kMaxShadowCost.
  std::shared_ptr<const LoadedModel> candidate = nullptr;
  double candidate_share = 0;
  bool paired = true;
};

inline constexpr std::chrono::microseconds kMaxShadowCost{200};

/// Live figures of one endpoint, since it was made.
struct EndpointFigures {
  uint64_t requests = 0;
  uint64_t predictions = 0;
  uint64_t refused = 0;  ///< 4xx
  uint64_t failed = 0;   ///< 5xx, and given up by the caller
  uint64_t candidate_errors =
      0;  ///< rows that a candidate should have answered, in reply or as the shadow, but could not
  uint64_t dropped_log_rows = 0;
  double p50_seconds = 0;
  double p99_seconds = 0;
};

/// What one endpoint consists of at one moment; immutable but for its counters.
class Endpoint;

/// The endpoints of this process. Reads take a snapshot; a change swaps it whole, and requests under way finish on what
/// they started with. Thread-safe; readers on different cores share no cache line.
///
/// Metrics, by endpoint: gyre_predictions_total{version}, gyre_predict_requests_total{outcome}, gyre_predict_seconds,
/// gyre_candidate_errors_total.
class Endpoints {
 public:
  explicit Endpoints(base::Metrics& metrics);
  ~Endpoints();
  Endpoints(const Endpoints&) = delete;
  Endpoints& operator=(const Endpoints&) = delete;

  /// Makes the endpoint or replaces its routing at once. kInvalidArgument: a bad name or share, or no champion.
  /// kFailedPrecondition: the candidate cannot answer what the champion is asked, or in other terms (another task,
  /// other classes); says what is in the way. On an error nothing changes.
  base::Result<void> Install(const EndpointName& name, Routing routing);
  /// False if there was none.
  bool Remove(const EndpointName& name);

  /// Null if there is none.
  std::shared_ptr<const Endpoint> Find(std::string_view name) const;
  std::vector<EndpointName> Names() const;
  base::Result<EndpointFigures> Figures(const EndpointName& name) const;
  base::Result<Routing> RoutingOf(const EndpointName& name) const;

 private:
  using Table = std::map<std::string, std::shared_ptr<const Endpoint>, std::less<>>;
  struct Slot;

  void Publish(std::vector<Table>& old);

  base::Metrics& metrics_;
  mutable std::mutex mutex_;
  Table table_;                               ///< guarded by mutex_
  std::vector<std::unique_ptr<Slot>> slots_;  ///< what readers see, one per core
};

}  // namespace gyre::serve
