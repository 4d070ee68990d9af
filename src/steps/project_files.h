#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "pipeline/project.h"
#include "pipeline/spec.h"

namespace gyre::steps {

/// The project files one step reads.
base::Result<std::vector<std::string>> StepFiles(const pipeline::StepSpec& step, const base::Json& with);

/// gyre.yaml and every file its steps read, so that a client knows which to send. `spec` is the parsed gyre.yaml.
base::Result<std::vector<std::string>> ProjectFiles(const base::Json& spec);

}  // namespace gyre::steps
