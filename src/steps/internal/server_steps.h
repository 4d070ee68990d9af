#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "pipeline/step_runner.h"
#include "steps/runner.h"

namespace gyre::steps::internal {

/// The steps that change or read metadata and nothing else: register, deploy, dataset, artifact.
base::Result<pipeline::StepOutcome> RunServerStep(const Runner::Deps& deps, const pipeline::StepContext& context);

/// What such a step (or the champion and log of a child step) stands for now: part of the cache key.
base::Result<base::Json> ExternalsOf(const Runner::Deps& deps, const pipeline::StepSpec& step, const base::Json& with);

}  // namespace gyre::steps::internal
