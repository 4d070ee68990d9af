#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "registry/model_version.h"
#include "serve/endpoints.h"

namespace gyre::loop {

enum class CycleState {
  kTraining,  ///< the pipeline runs, or its result is about to be tried
  kCanary,    ///< the candidate is tried on traffic
  kPromoted,
  kRolledBack,
  kHeld,      ///< tried, and undecided at the end or overtaken
  kRejected,  ///< a gate of the pipeline said no, or there is nothing new to try
  kFailed,    ///< something broke; says what
};
std::string_view CycleStateName(CycleState state);  ///< "training", "canary", "promoted", "rolled_back", ...
base::Result<CycleState> ParseCycleState(std::string_view name);
inline bool HasEnded(CycleState state) {
  return state != CycleState::kTraining && state != CycleState::kCanary;
}

/// One turn: why it began, what it trained, how it ended.
struct Cycle {
  std::string id;
  serve::EndpointName endpoint;
  /// {"kind": "drift" | "performance" | "schedule" | "labels" | "manual", "reason": one sentence, "alarm": its id or
  /// null}
  base::Json trigger;
  CycleState state = CycleState::kTraining;
  base::Timestamp started_at;
  base::Timestamp event_time;     ///< the endpoint's watermark when it began
  registry::VersionRef champion;  ///< when it began
  int64_t labels = 0;             ///< of the endpoint, when it began
  std::string pipeline_run;       ///< empty until it started
  std::string candidate;          ///< "rain/2", empty until registered
  std::string canary;             ///< empty until it started
  std::string outcome;            ///< one sentence, empty until it ended
  std::optional<base::Timestamp> ended_at;

  base::Json ToJson() const;
};

}  // namespace gyre::loop
