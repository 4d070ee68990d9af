#include "loop/cycle.h"

namespace gyre::loop {
namespace {

constexpr std::array<std::pair<CycleState, std::string_view>, 7> kStates = {{{CycleState::kTraining, "training"},
                                                                             {CycleState::kCanary, "canary"},
                                                                             {CycleState::kPromoted, "promoted"},
                                                                             {CycleState::kRolledBack, "rolled_back"},
                                                                             {CycleState::kHeld, "held"},
                                                                             {CycleState::kRejected, "rejected"},
                                                                             {CycleState::kFailed, "failed"}}};

}  // namespace

std::string_view CycleStateName(CycleState state) {
  return std::ranges::find(kStates, state, &std::pair<CycleState, std::string_view>::first)->second;
}

base::Result<CycleState> ParseCycleState(std::string_view name) {
  const auto found = std::ranges::find(kStates, name, &std::pair<CycleState, std::string_view>::second);
  if (found == kStates.end()) return base::InvalidArgument(fmt::format("'{}' is not a state of a cycle", name));
  return found->first;
}

base::Json Cycle::ToJson() const {
  return {{"id", id},
          {"endpoint", endpoint.value()},
          {"trigger", trigger},
          {"state", CycleStateName(state)},
          {"started_at", base::FormatTimestamp(started_at)},
          {"event_time", base::FormatTimestamp(event_time)},
          {"champion", champion.ToString()},
          {"labels", labels},
          {"pipeline_run", pipeline_run},
          {"candidate", candidate},
          {"canary", canary},
          {"outcome", outcome},
          {"ended_at", ended_at ? base::Json(base::FormatTimestamp(*ended_at)) : base::Json()}};
}

}  // namespace gyre::loop
