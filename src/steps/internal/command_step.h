#pragma once

#include <string>

#include "base/result.h"
#include "pipeline/step_runner.h"
#include "steps/runner.h"

namespace gyre::steps::internal {

/// Runs a step that is a command. It finds its inputs as inputs/NAME/FILE, its project files at their paths, its
/// parameters in params.json, and leaves the files it declared. A command that fails is an outcome with `failure`, so
/// that what it printed is kept.
base::Result<pipeline::StepOutcome> RunCommand(const Runner::Options& options, const Runner::Deps& deps,
                                               const pipeline::StepContext& context);

}  // namespace gyre::steps::internal
