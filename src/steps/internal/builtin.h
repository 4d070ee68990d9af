#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "steps/task.h"

namespace gyre::steps::internal {

/// Where a built-in runs.
enum class Place {
  kChild,   ///< in a process of its own: work on files
  kServer,  ///< in this process: a change of metadata that takes milliseconds
};

/// One built-in step: what gyre.yaml may say of it, and (if it runs in a child) what it does.
struct Builtin {
  std::string_view name;
  Place place = Place::kChild;
  /// Raised whenever the same inputs would give other outputs than before: old results no longer answer then.
  std::string_view revision = "1";
  std::vector<std::string_view> inputs;           ///< must be there
  std::vector<std::string_view> optional_inputs;  ///< may be
  bool open_inputs = false;                       ///< takes any further ones (the tables of a transform)
  /// Says what is wrong with the parameters.
  base::Result<void> (*check)(const base::Json& with) = nullptr;
  /// Project files named by the parameters; null if none can be.
  std::vector<std::string> (*files)(const base::Json& with) = nullptr;
  /// Place::kChild only.
  base::Result<TaskResult> (*run)(const Task& task, TaskEvents& events) = nullptr;
};

/// Null if there is none of that name.
const Builtin* FindBuiltin(std::string_view name);
std::vector<std::string> BuiltinNames();

Builtin IngestStep();
Builtin ValidateStep();
Builtin TransformStep();
Builtin SplitStep();
Builtin ExtendStep();
Builtin TrainStep();
Builtin TestStep();
Builtin PackageStep();
Builtin RegisterStep();
Builtin DeployStep();
Builtin DatasetStep();
Builtin ArtifactStep();

}  // namespace gyre::steps::internal
