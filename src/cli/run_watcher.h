#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "cli/api.h"
#include "cli/terminal.h"

namespace gyre::cli {

/// Follows a pipeline run to its end, a line per step with its figure. Answers the finished run. Ctrl-C ends the
/// watching, not the run.
base::Result<base::Json> WatchRun(Api& api, Terminal& terminal, const std::string& run_id);

/// "1,234,567".
std::string Grouped(int64_t value);

/// "17,108 rows, brier 0.0412": a step's figures for people.
std::string DescribeFigures(const base::Json& figures);

/// kDone if the run succeeded, else kFailed.
int ExitCodeOfRun(const base::Json& run);

}  // namespace gyre::cli
