#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "tracking/run.h"

namespace gyre::tracking::internal {

/// The token that goes on after `last` in the history of a run's metric: opaque, and good for that history only.
std::string HistoryToken(const RunId& run, std::string_view key, const MetricSample& last);

/// The point that a token goes on after; kInvalidArgument for text that HistoryToken did not make of `run` and `key`.
base::Result<MetricSample> ReadHistoryToken(std::string_view token, const RunId& run, std::string_view key);

}  // namespace gyre::tracking::internal
