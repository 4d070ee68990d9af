#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/json.h"
#include "base/result.h"
#include "pipeline/artifact.h"
#include "pipeline/spec.h"

namespace gyre::pipeline {

/// How far a step has come, for progress bars.
struct Progress {
  double fraction = 0;  ///< 0 to 1; negative if unknown
  std::string note;     ///< "trial 3 of 8"
};

/// What one execution of a step gets. Borrowed for the length of the call.
struct StepContext {
  std::string run_id;
  std::string actor;
  const StepSpec& step;
  base::Json with;                                     ///< placeholders filled
  std::map<std::string, Artifact> inputs;              ///< by the step's name for them
  std::map<std::string, blob::BlobRef> project_files;  ///< every file of the project snapshot, by path
  std::filesystem::path folder;                        ///< fresh and the step's own; removed afterwards
  base::Cancellation cancel;
  std::function<void(const Progress&)> on_progress;  ///< may be called from any thread of the step
};

struct StepOutcome {
  std::map<std::string, Artifact> outputs;
  base::Json figures;  ///< what a progress line shows: {"rows": 19563, "accuracy": 0.95}
  std::string log;     ///< what the step printed, its end if long
  /// Set if a gate said no: the outputs (its report) are kept, what comes after does not run.
  std::optional<base::Error> failure;
};

/// Executes steps. Implemented above this module, which knows no kind of step. Thread-safe.
class StepRunner {
 public:
  virtual ~StepRunner() = default;

  /// Says what is wrong with a step before anything runs: unknown built-in, bad parameter, missing input. Placeholders
  /// are filled with the pipeline's defaults for this.
  virtual base::Result<void> Check(const StepSpec& step, const base::Json& with) const = 0;

  /// The project files the step reads: their content is part of the cache key.
  virtual base::Result<std::vector<std::string>> Files(const StepSpec& step, const base::Json& with) const = 0;

  /// Changes whenever the same inputs could give other outputs: part of the cache key.
  virtual std::string Revision(const StepSpec& step) const = 0;

  /// What else the step depends on that is found only now (a model version behind a name): part of the cache key.
  virtual base::Result<base::Json> Externals(const StepSpec& step, const base::Json& with) = 0;

  /// A step whose externals are what it changes (an endpoint it deploys to): its result answers for the state it left,
  /// so that doing it again is cached while that state stands, and is done again once somebody undid it.
  virtual bool HasEffects(const StepSpec& step) const = 0;

  /// The error is for a step that broke; a gate that said no is an outcome with `failure`.
  virtual base::Result<StepOutcome> Run(const StepContext& context) = 0;
};

}  // namespace gyre::pipeline
