#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "base/result.h"
#include "store/database.h"
#include "tracking/internal/metric_latest.h"
#include "tracking/run.h"

namespace gyre::tracking::internal {

/// What is there already stays as it is.
base::Result<void> WriteInputs(store::Transaction& transaction, const RunKey& run, const RunInputs& inputs);
/// A model that is there already gets the step.
base::Result<void> WriteOutputs(store::Transaction& transaction, int64_t run, std::span<const ModelOutput> models);

/// Puts inputs and outputs into the runs of these numbers, in the order in which they were logged.
base::Result<void> LoadInputs(store::Reader& reader, std::span<const int64_t> runs,
                              const std::function<Run&(int64_t)>& run_at);

}  // namespace gyre::tracking::internal
