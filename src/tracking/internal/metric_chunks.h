#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "tracking/run.h"

namespace gyre::tracking::internal {

/// Points in a full chunk: some 13 KB, which is rewritten when points are added to the last one.
constexpr size_t kChunkPoints = 1024;

/// The history of one metric of one run.
struct SeriesKey {
  int64_t run = 0;
  int64_t series = 0;
};

/// Puts points into the history, sorted and none twice; those that it has are dropped.
base::Result<void> MergeIntoChunks(store::Transaction& transaction, const SeriesKey& key,
                                   std::span<const MetricSample> samples);

/// Calls `on_points` with neighbouring points of the history in order, those after `after` if it is given, until there
/// are no more or it returns false.
base::Result<void> VisitChunks(store::Reader& reader, const SeriesKey& key, const std::optional<MetricSample>& after,
                               const std::function<bool(std::span<const MetricSample>)>& on_points);

}  // namespace gyre::tracking::internal
