#include "serve/endpoints.h"

#include "base/per_core.h"
#include "base/text.h"
#include "serve/internal/endpoint.h"

namespace gyre::serve {
namespace {

base::Result<void> CheckRouting(const EndpointName& name, const Routing& routing) {
  if (!base::IsValidName(name.value())) {
    return base::InvalidArgument(
        fmt::format("'{}' is no endpoint name; use up to 128 letters, digits, '.', '_' and '-'", name.value()),
        "endpoint");
  }
  if (routing.champion == nullptr) return base::InvalidArgument("an endpoint needs a champion", "champion");
  if (!(routing.candidate_share >= 0 && routing.candidate_share <= 1)) {
    return base::InvalidArgument(fmt::format("a share is between 0 and 1, not {}", routing.candidate_share),
                                 "candidate_share");
  }
  if (routing.candidate && routing.candidate->version() == routing.champion->version()) {
    return base::InvalidArgument(fmt::format("{} is the champion already; it cannot be its own candidate",
                                             routing.candidate->version().ToString()),
                                 "candidate");
  }
  return base::Ok();
}

base::Result<std::optional<internal::ModelMap>> MapCandidate(const Routing& routing) {
  if (routing.candidate == nullptr) return std::optional<internal::ModelMap>();
  auto map = internal::ModelMap::Between(routing.champion->signature(), routing.candidate->signature());
  if (map) return std::optional(*std::move(map));
  return map.error().Within(fmt::format("{} cannot be tried beside {}", routing.candidate->version().ToString(),
                                        routing.champion->version().ToString()));
}

base::Error NoSuchEndpoint(const EndpointName& name) {
  return base::NotFound(fmt::format("there is no endpoint '{}'", name.value()), name.value());
}

}  // namespace

struct alignas(base::kCacheLine) Endpoints::Slot {
  std::mutex mutex;
  Table table;  ///< guarded by mutex
};

Endpoints::Endpoints(base::Metrics& metrics) : metrics_(metrics) {
  for (size_t i = 0; i < base::CoreSlots(); ++i) slots_.push_back(std::make_unique<Slot>());
}

Endpoints::~Endpoints() = default;

base::Result<void> Endpoints::Install(const EndpointName& name, Routing routing) {
  TRY(CheckRouting(name, routing));
  auto map = TRY(MapCandidate(routing));
  std::vector<Table> old;  // destroyed after the lock is given up: it may hold the last of a model
  const std::lock_guard lock(mutex_);
  const auto found = table_.find(name.value());
  auto counters = found != table_.end() ? found->second->shared_counters()
                                        : std::make_shared<internal::EndpointCounters>(metrics_, name.value());
  old.emplace_back()[name.value()] =
      std::exchange(table_[name.value()],
                    std::make_shared<const Endpoint>(name, std::move(routing), std::move(map), std::move(counters)));
  Publish(old);
  return base::Ok();
}

bool Endpoints::Remove(const EndpointName& name) {
  std::vector<Table> old;
  const std::lock_guard lock(mutex_);
  auto removed = table_.extract(name.value());
  if (removed.empty()) return false;
  old.emplace_back().insert(std::move(removed));
  Publish(old);
  metrics_.Retire("endpoint", name.value());
  return true;
}

/// Each core gets handles of its own, whose counts of users no other core touches.
void Endpoints::Publish(std::vector<Table>& old) {
  for (const auto& slot : slots_) {
    Table table;
    for (const auto& [name, endpoint] : table_) {
      table[name] = std::shared_ptr<const Endpoint>(std::make_shared<const std::shared_ptr<const Endpoint>>(endpoint),
                                                    endpoint.get());
    }
    const std::lock_guard lock(slot->mutex);
    old.push_back(std::exchange(slot->table, std::move(table)));
  }
}

std::shared_ptr<const Endpoint> Endpoints::Find(std::string_view name) const {
  auto& slot = *slots_[base::CoreSlot(slots_.size())];
  const std::lock_guard lock(slot.mutex);
  const auto found = slot.table.find(name);
  return found == slot.table.end() ? nullptr : found->second;
}

std::vector<EndpointName> Endpoints::Names() const {
  std::vector<EndpointName> names;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, endpoint] : table_) names.emplace_back(name);
  return names;
}

base::Result<EndpointFigures> Endpoints::Figures(const EndpointName& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = table_.find(name.value());
  if (found == table_.end()) return NoSuchEndpoint(name);
  const auto& counters = found->second->counters();
  EndpointFigures figures{.predictions = counters.predictions(),
                          .refused = counters.refused.value(),
                          .failed = counters.failed.value(),
                          .candidate_errors = counters.candidate_errors.value(),
                          .dropped_log_rows = counters.dropped_log_rows.load(std::memory_order_relaxed),
                          .p50_seconds = counters.seconds.Quantile(0.5),
                          .p99_seconds = counters.seconds.Quantile(0.99)};
  figures.requests = counters.answered.value() + figures.refused + figures.failed;
  return figures;
}

base::Result<Routing> Endpoints::RoutingOf(const EndpointName& name) const {
  const auto endpoint = Find(name.value());
  if (endpoint == nullptr) return NoSuchEndpoint(name);
  return endpoint->routing();
}

}  // namespace gyre::serve
