#pragma once

#include <string>

#include "base/result.h"
#include "pipeline/step_runner.h"
#include "steps/runner.h"

namespace gyre::steps::internal {

/// Runs a step that is a command. It finds its inputs as inputs/NAME/FILE, its project files at their paths, its
/// parameters in params.json (and both listed in GYRE_INPUTS and GYRE_PARAMS), and leaves the files it declared.
base::Result<pipeline::StepOutcome> RunCommand(const Runner::Options& options, const Runner::Deps& deps,
                                               const pipeline::StepContext& context);

}  // namespace gyre::steps::internal
