#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/database.h"
#include "tracking/run.h"

namespace gyre::tracking::internal {

/// What a writer needs to know of a run.
struct RunKey {
  int64_t number = 0;
  int64_t series_count = 0;  ///< metrics that it has logged; the next one's number
};

/// kNotFound, or kFailedPrecondition if it is deleted.
base::Result<RunKey> FindActiveRun(store::Reader& reader, const RunId& id);

/// The number of one in any stage.
base::Result<int64_t> FindRun(store::Reader& reader, const RunId& id);

base::Result<Run> LoadRun(store::Reader& reader, const RunId& id);
/// One page of an experiment's active runs, with four statements however many there are.
base::Result<std::vector<Run>> LoadRuns(store::Reader& reader, const ExperimentId& experiment, int64_t limit,
                                        int64_t offset);

/// With its audit entry.
base::Result<Run> InsertRun(store::Transaction& transaction, const NewRun& run, std::string_view actor);
base::Result<void> FinishRun(store::Transaction& transaction, const RunId& id, RunStatus status, base::Timestamp at,
                             std::string_view actor);
base::Result<void> MoveRun(store::Transaction& transaction, const RunId& id, LifecycleStage stage,
                           std::string_view actor);

/// kFailedPrecondition if one has another value already.
base::Result<void> WriteParams(store::Transaction& transaction, const RunId& id, int64_t run,
                               std::span<const std::pair<std::string, std::string>> params);
/// Overwrites; the tag of the run's name renames it.
base::Result<void> WriteTags(store::Transaction& transaction, int64_t run,
                             std::span<const std::pair<std::string, std::string>> tags);

}  // namespace gyre::tracking::internal
