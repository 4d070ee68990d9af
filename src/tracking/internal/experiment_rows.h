#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "tracking/experiment.h"

namespace gyre::tracking::internal {

/// The key inside the database; kNotFound if `id` is not how a number is written.
base::Result<int64_t> ExperimentNumber(const ExperimentId& id);

base::Result<std::optional<Experiment>> FindExperimentByNumber(store::Reader& reader, int64_t number);
base::Result<std::optional<Experiment>> FindExperimentByName(store::Reader& reader, std::string_view name);
base::Result<std::vector<Experiment>> ActiveExperiments(store::Reader& reader);

base::Result<Experiment> GetExperimentById(store::Reader& reader, const ExperimentId& id);
/// kFailedPrecondition if it is deleted.
base::Result<Experiment> GetActiveExperiment(store::Reader& reader, const ExperimentId& id);

struct NewExperiment {
  std::string_view name;
  std::string_view artifact_location;  ///< below the root if empty
  std::string_view artifact_root;
  const std::map<std::string, std::string>& tags;
  std::optional<base::Timestamp> created_at = {};  ///< now if absent
};
/// Makes one of the next number, with its audit entry; kAlreadyExists if the name is taken.
base::Result<Experiment> InsertExperiment(store::Transaction& transaction, const NewExperiment& experiment,
                                          std::string_view actor);
/// Makes "0", Default, unless it is there or was removed for good.
base::Result<void> EnsureDefaultExperiment(store::Transaction& transaction, std::string_view artifact_root);

/// Changes of one, each with its audit entry.
base::Result<void> RenameExperiment(store::Transaction& transaction, const ExperimentId& id, std::string_view name,
                                    std::string_view actor);
/// To `stage`, with all its runs; kNotFound if it is there already.
base::Result<void> MoveExperiment(store::Transaction& transaction, const ExperimentId& id, LifecycleStage stage,
                                  std::string_view actor);
base::Result<void> PutExperimentTag(store::Transaction& transaction, const ExperimentId& id, std::string_view key,
                                    std::string_view value, std::string_view actor);
base::Result<void> RemoveExperimentTag(store::Transaction& transaction, const ExperimentId& id, std::string_view key,
                                       std::string_view actor);

}  // namespace gyre::tracking::internal
