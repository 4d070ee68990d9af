#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "pipeline/artifact.h"
#include "pipeline/project.h"
#include "pipeline/spec.h"
#include "pipeline/step_runner.h"

namespace gyre::pipeline::internal {

/// Everything that decides what a step leaves, as one flat JSON object: "uses", "revision", "with.X", "inputs.X",
/// "files.X", "env.X", "externals.X". Its digest is the cache key; comparing two of them says what changed.
base::Result<base::Json> KeyParts(const StepSpec& step, const base::Json& with,
                                  const std::map<std::string, Artifact>& inputs, const Snapshot& snapshot,
                                  StepRunner& runner);

/// Names of the parts that differ.
std::vector<std::string> ChangedParts(const base::Json& before, const base::Json& after);

}  // namespace gyre::pipeline::internal
