#include "tracing/trace.h"

#include <array>
#include <utility>

namespace gyre::tracing {
namespace {

constexpr std::array<std::pair<TraceState, std::string_view>, 4> kStates = {{
    {TraceState::kUnspecified, "STATE_UNSPECIFIED"},
    {TraceState::kOk, "OK"},
    {TraceState::kError, "ERROR"},
    {TraceState::kInProgress, "IN_PROGRESS"},
}};

}  // namespace

std::string_view TraceStateName(TraceState state) {
  for (const auto& [known, name] : kStates) {
    if (known == state) return name;
  }
  return kStates.front().second;
}

base::Result<TraceState> ParseTraceState(std::string_view name) {
  for (const auto& [state, known] : kStates) {
    if (known == name) return state;
  }
  return base::InvalidArgument(
      fmt::format("'{}' is no state of a trace; it is OK, ERROR, IN_PROGRESS or STATE_UNSPECIFIED", name), "state");
}

}  // namespace gyre::tracing
