#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "tracking/run.h"

namespace gyre::tracking::internal {

/// Histories with what waits in the journal. `run` is the number of the run.

/// The first points, `most` of them (1 or more); those after `after` if it is given.
base::Result<std::vector<MetricSample>> LoadHistory(store::Reader& reader, int64_t run, std::string_view key,
                                                    size_t most, const std::optional<MetricSample>& after);
base::Result<std::vector<MetricSample>> LoadHistoryInterval(store::Reader& reader, int64_t run, std::string_view key,
                                                            const MetricInterval& interval);

}  // namespace gyre::tracking::internal
