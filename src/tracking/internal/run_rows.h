#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/time.h"
#include "store/database.h"
#include "tracking/internal/metric_latest.h"
#include "tracking/run.h"

namespace gyre::tracking::internal {

/// kNotFound, or kFailedPrecondition if it is deleted.
base::Result<RunKey> FindActiveRun(store::Reader& reader, const RunId& id);

/// The number of one in any stage.
base::Result<int64_t> FindRun(store::Reader& reader, const RunId& id);
base::Error RunNotFound(const RunId& id);

/// Changes of a run, each with its audit entry.
base::Result<Run> InsertRun(store::Transaction& transaction, const NewRun& run, std::string_view actor);
base::Result<void> ChangeRun(store::Transaction& transaction, const RunId& id, const RunUpdate& update,
                             std::string_view actor);
/// To `stage`; nothing happens to one that is there.
base::Result<void> MoveRun(store::Transaction& transaction, const RunId& id, LifecycleStage stage,
                           std::string_view actor);

/// kFailedPrecondition if one has another value already.
base::Result<void> WriteParams(store::Transaction& transaction, const RunId& id, int64_t run,
                               std::span<const std::pair<std::string, std::string>> params);
/// Overwrites; the tag of the run's name renames it.
base::Result<void> WriteTags(store::Transaction& transaction, int64_t run,
                             std::span<const std::pair<std::string, std::string>> tags);
/// kNotFound if it is not there.
base::Result<void> RemoveTag(store::Transaction& transaction, const RunId& id, std::string_view key);

}  // namespace gyre::tracking::internal
