#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "tracking/purge.h"

namespace gyre::tracking::internal {

base::Result<std::vector<Purged>> LoadPurgeable(store::Reader& reader, const PurgeScope& scope);

/// Removes one thing that is deleted, or is in a deleted experiment, with its audit entry. The metric data of a run
/// stays for SweepSome.
base::Result<Purged> RemoveRun(store::Transaction& transaction, const RunId& id, std::string_view actor);
base::Result<Purged> RemoveLoggedModel(store::Transaction& transaction, const LoggedModelId& id,
                                       std::string_view actor);
/// Of an experiment without runs and logged models.
base::Result<Purged> RemoveExperiment(store::Transaction& transaction, const ExperimentId& id, std::string_view actor);

/// What a deleted experiment still has.
struct ExperimentContent {
  std::vector<RunId> runs;
  std::vector<LoggedModelId> models;
};
/// A part of it; kFailedPrecondition if the experiment is not deleted.
base::Result<ExperimentContent> SomeContent(store::Reader& reader, const ExperimentId& id);

/// Removes part of the metric data of runs that are gone; false once there is none.
base::Result<bool> SweepSome(store::Transaction& transaction);

}  // namespace gyre::tracking::internal
