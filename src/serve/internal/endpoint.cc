#include "serve/internal/endpoint.h"

#include <bit>

#include "serve/internal/hash.h"

namespace gyre::serve {
namespace internal {
namespace {

base::Counter& Requests(base::Metrics& metrics, const std::string& endpoint, const std::string& outcome) {
  return metrics.GetCounter("gyre_predict_requests_total",
                            "Predict requests by outcome: ok, refused (the caller's mistake) or failed.",
                            {{"endpoint", endpoint}, {"outcome", outcome}});
}

}  // namespace

EndpointCounters::EndpointCounters(base::Metrics& metrics, const std::string& endpoint)
    : answered(Requests(metrics, endpoint, "ok")),
      refused(Requests(metrics, endpoint, "refused")),
      failed(Requests(metrics, endpoint, "failed")),
      candidate_errors(metrics.GetCounter(
          "gyre_candidate_errors_total",
          "Rows that a canary's candidate should have answered, in reply or as the shadow, but could not.",
          {{"endpoint", endpoint}})),
      seconds(metrics.GetHistogram("gyre_predict_seconds", "Time from a predict request's body to its answer.",
                                   {{"endpoint", endpoint}})),
      metrics_(metrics),
      endpoint_(endpoint) {}

base::Counter& EndpointCounters::OfVersion(const registry::VersionRef& version) {
  auto& counter = by_version_[version];
  if (counter == nullptr) {
    counter = &metrics_.GetCounter("gyre_predictions_total", "Rows answered, by the version that replied.",
                                   {{"endpoint", endpoint_}, {"version", version.ToString()}});
  }
  return *counter;
}

uint64_t EndpointCounters::predictions() const {
  uint64_t sum = 0;
  for (const auto& [version, counter] : by_version_) sum += counter->value();
  return sum;
}

}  // namespace internal

Endpoint::Endpoint(const EndpointName& name, Routing routing, std::optional<internal::ModelMap> candidate_map,
                   std::shared_ptr<internal::EndpointCounters> counters)
    : name_(name),
      routing_(std::move(routing)),
      plan_(signature()),
      form_(signature(), routing_.champion->version(), routing_.candidate ? &routing_.candidate->version() : nullptr),
      counters_(std::move(counters)),
      champion_{routing_.champion, internal::ModelMap(signature()), counters_->OfVersion(routing_.champion->version())},
      candidate_(routing_.candidate
                     ? std::optional(internal::Variant{routing_.candidate, *std::move(candidate_map),
                                                       counters_->OfVersion(routing_.candidate->version())})
                     : std::nullopt),
      salt_(internal::HashText(
          name.value(), internal::HashText(routing_.candidate ? routing_.candidate->version().ToString() : ""))) {}

bool Endpoint::PicksCandidate(std::string_view key, const PredictionId& id) const {
  if (!candidate_) return false;
  uint64_t hash = 0;
  if (key.empty()) {
    std::array<unsigned char, 8> tail;
    std::ranges::copy(std::span(id).last(tail.size()), tail.begin());
    hash = internal::Mix(std::bit_cast<uint64_t>(tail) ^ salt_);
  } else {
    hash = internal::HashText(key, salt_);
  }
  return internal::UnitInterval(hash) < routing_.candidate_share;
}

}  // namespace gyre::serve
