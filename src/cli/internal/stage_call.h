#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "cli/api.h"
#include "cli/command.h"

namespace gyre::cli::internal {

/// One built-in step on its own, as POST /api/v1/steps/USES/runs takes it.
struct StageCall {
  std::string uses;
  base::Json with = base::Json::object();
  base::Json inputs = base::Json::object();
  base::Json files = base::Json::object();
};

/// "weather/3" names a dataset; "RUN:STEP.OUTPUT" (or "RUN:OUTPUT" of a run's last step) what a run left.
base::Json ParseSource(const std::string& text);

/// Runs the step, a line for it and its inputs, then a line per output that says how to refer to it.
base::Result<int> CallStage(const Invocation& invocation, Api& api, const StageCall& call);

}  // namespace gyre::cli::internal
