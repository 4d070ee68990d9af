#pragma once

#include "base/log.h"
#include "base/result.h"
#include "monitor/internal/catalogue.h"
#include "monitor/internal/log_paths.h"

namespace gyre::monitor::internal {

/// Reads what lies in the log's folder into an empty catalogue and mends what a crash left: segments lose a torn end
/// and are closed, or go if their Parquet is already there; half-written files go; an index that is missing or damaged
/// is made again from its Parquet. Files that are not the log's are left alone.
base::Result<void> Recover(const LogPaths& paths, Catalogue& catalogue, base::Logger& log);

}  // namespace gyre::monitor::internal
