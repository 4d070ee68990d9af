#include "release/endpoint_record.h"

namespace gyre::release {
namespace {

constexpr std::array<std::pair<CanaryState, std::string_view>, 5> kStates = {{{CanaryState::kRunning, "running"},
                                                                              {CanaryState::kPromoted, "promoted"},
                                                                              {CanaryState::kRolledBack, "rolled_back"},
                                                                              {CanaryState::kHeld, "held"},
                                                                              {CanaryState::kAborted, "aborted"}}};

base::Json OptionalTime(const std::optional<base::Timestamp>& time) {
  return time ? base::Json(base::FormatTimestamp(*time)) : base::Json();
}

}  // namespace

std::string_view CanaryStateName(CanaryState state) {
  return std::ranges::find(kStates, state, &std::pair<CanaryState, std::string_view>::first)->second;
}

base::Result<CanaryState> ParseCanaryState(std::string_view name) {
  const auto found = std::ranges::find(kStates, name, &std::pair<CanaryState, std::string_view>::second);
  if (found == kStates.end()) return base::InvalidArgument(fmt::format("'{}' is not a state of a canary", name));
  return found->first;
}

base::Json Canary::ToJson() const {
  return {{"id", id},
          {"endpoint", endpoint.value()},
          {"champion", champion.ToString()},
          {"candidate", candidate.ToString()},
          {"plan", plan.ToJson()},
          {"state", CanaryStateName(state)},
          {"started_at", base::FormatTimestamp(started_at)},
          {"started_event_time", OptionalTime(started_event_time)},
          {"ended_at", OptionalTime(ended_at)},
          {"verdict", verdict ? verdict->ToJson() : base::Json()},
          {"reason", reason},
          {"actor", actor}};
}

base::Json EndpointRecord::ToJson() const {
  return {{"name", name.value()},
          {"champion", champion.ToString()},
          {"deployed", deployed.ToString()},
          {"canary", canary ? canary->ToJson() : base::Json()},
          {"created_at", base::FormatTimestamp(created_at)},
          {"updated_at", base::FormatTimestamp(updated_at)}};
}

}  // namespace gyre::release
