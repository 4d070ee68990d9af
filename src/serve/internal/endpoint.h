#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/metrics.h"
#include "base/result.h"
#include "serve/endpoints.h"
#include "serve/internal/answer_form.h"
#include "serve/internal/feature_plan.h"
#include "serve/internal/model_map.h"

namespace gyre::serve::internal {

/// What an endpoint counts for as long as it exists, whatever answers there. Thread-safe but for `OfVersion`.
class EndpointCounters {
 public:
  EndpointCounters(base::Metrics& metrics, const std::string& endpoint);

  /// Predictions answered by a version. For one thread at a time, as `predictions` is.
  base::Counter& OfVersion(const registry::VersionRef& version);
  uint64_t predictions() const;

  base::Counter& answered;
  base::Counter& refused;
  base::Counter& failed;
  base::Counter& candidate_errors;
  base::Histogram& seconds;
  std::atomic<uint64_t> dropped_log_rows{0};

 private:
  base::Metrics& metrics_;
  const std::string endpoint_;
  std::map<registry::VersionRef, base::Counter*> by_version_;
};

/// One model that answers at an endpoint.
struct Variant {
  std::shared_ptr<const LoadedModel> model;
  ModelMap map;
  base::Counter& predictions;
};

}  // namespace gyre::serve::internal

namespace gyre::serve {

class Endpoint {
 public:
  Endpoint(const EndpointName& name, Routing routing, std::optional<internal::ModelMap> candidate_map,
           std::shared_ptr<internal::EndpointCounters> counters);

  const EndpointName& name() const { return name_; }
  const Routing& routing() const { return routing_; }
  const model::Signature& signature() const { return routing_.champion->signature(); }
  const internal::FeaturePlan& plan() const { return plan_; }
  const internal::AnswerForm& form() const { return form_; }
  const internal::Variant& champion() const { return champion_; }
  /// Null if there is none.
  const internal::Variant* candidate() const { return candidate_ ? &*candidate_ : nullptr; }
  internal::EndpointCounters& counters() const { return *counters_; }
  const std::shared_ptr<internal::EndpointCounters>& shared_counters() const { return counters_; }

  /// Whether the candidate replies to this row. The same key gets the same answer as long as endpoint and candidate
  /// stay, and keeps it when the share grows.
  bool PicksCandidate(std::string_view key, const PredictionId& id) const;
  /// Whether a variant that does not reply is asked all the same.
  bool Shadows(const internal::Variant& variant) const {
    return routing_.paired && candidate_ && variant.model->row_cost() <= kMaxShadowCost;
  }

 private:
  const EndpointName name_;
  const Routing routing_;
  const internal::FeaturePlan plan_;
  const internal::AnswerForm form_;
  const std::shared_ptr<internal::EndpointCounters> counters_;
  const internal::Variant champion_;
  const std::optional<internal::Variant> candidate_;
  const uint64_t salt_;
};

}  // namespace gyre::serve
