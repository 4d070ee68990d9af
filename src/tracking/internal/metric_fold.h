#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "tracking/internal/metric_latest.h"

namespace gyre::tracking::internal {

/// Moves a run's journal into its history and its latest points. What was moved before changes nothing. Gives the
/// number of points that waited.
base::Result<int64_t> FoldJournal(store::Transaction& transaction, RunKey& run);
/// The same by number; nothing is done for a run that is gone.
base::Result<int64_t> FoldRun(store::Transaction& transaction, int64_t run);

/// Runs whose journal is not empty.
base::Result<std::vector<int64_t>> RunsWithJournal(store::Reader& reader);

/// Moves some of the points of version 1's table into chunks; false once there are none.
base::Result<bool> FoldSomeOldPoints(store::Transaction& transaction);

}  // namespace gyre::tracking::internal
