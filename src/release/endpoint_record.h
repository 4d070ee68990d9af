#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "registry/model_version.h"
#include "release/canary.h"
#include "serve/endpoints.h"

namespace gyre::release {

enum class CanaryState {
  kRunning,
  kPromoted,
  kRolledBack,
  kHeld,     ///< undecided at the end; the champion keeps the traffic
  kAborted,  ///< overtaken by a deployment or a deletion, or could not be served; without a verdict
};
std::string_view CanaryStateName(CanaryState state);  ///< "running", "promoted", "rolled_back", "held", "aborted"
base::Result<CanaryState> ParseCanaryState(std::string_view name);

/// One trial of a candidate; kept for good.
struct Canary {
  std::string id;
  serve::EndpointName endpoint;
  registry::VersionRef champion;
  registry::VersionRef candidate;
  CanaryPlan plan;
  CanaryState state = CanaryState::kRunning;
  base::Timestamp started_at;
  std::optional<base::Timestamp> started_event_time;  ///< the endpoint's watermark at the start
  std::optional<base::Timestamp> ended_at;
  std::optional<Verdict> verdict;
  std::string reason;  ///< why it ended, one sentence: the verdict's if there is one
  std::string actor;   ///< who started it

  base::Json ToJson() const;
};

/// An endpoint as it shall be.
struct EndpointRecord {
  serve::EndpointName name;
  registry::VersionRef champion;  ///< what serves
  registry::VersionRef deployed;  ///< what was last deployed; a promotion changes the champion only
  std::optional<Canary> canary;   ///< the running one
  base::Timestamp created_at;
  base::Timestamp updated_at;

  base::Json ToJson() const;
};

}  // namespace gyre::release
