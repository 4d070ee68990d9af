#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/run.h"
#include "store/database.h"

namespace gyre::pipeline::internal {

/// A result that can answer for a step again.
struct CachedResult {
  std::string run_id;
  std::map<std::string, Artifact> outputs;
  base::Json figures;
};

/// Runs and step results in the metadata database. Thread-safe.
class RunStore {
 public:
  explicit RunStore(store::Database& database) : database_(database) {}

  base::Result<void> Insert(const RunRecord& run, bool force);
  base::Result<void> SetRunState(const RunRecord& run);
  /// Writes steps (by their position) at once.
  struct StepChange {
    size_t position;
    const StepRecord* step;
    const base::Json* key_parts;  ///< null to leave
  };
  base::Result<void> SetSteps(const PipelineRunId& run, const std::vector<StepChange>& changes);
  /// A finished step and what it is worth knowing for later, together.
  base::Result<void> FinishStep(const PipelineRunId& run, const StepChange& change, const std::string& cache_key);

  base::Result<std::optional<CachedResult>> FindCached(const std::string& cache_key);
  /// Key parts of the last execution of this step of this pipeline, null if there was none.
  base::Result<base::Json> LastKeyParts(const PipelineName& pipeline, std::string_view step,
                                        const PipelineRunId& except);

  base::Result<RunRecord> Get(const PipelineRunId& id);
  base::Result<bool> IsForced(const PipelineRunId& id);
  /// Newest first, without their steps' outputs; of one pipeline unless the name is empty.
  base::Result<std::vector<RunRecord>> List(const PipelineName& pipeline, int64_t limit);
  base::Result<std::vector<PipelineRunId>> Unfinished();

 private:
  store::Database& database_;
};

}  // namespace gyre::pipeline::internal
