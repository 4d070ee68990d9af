#pragma once

#include "base/result.h"
#include "model/profile.h"
#include "monitor/config.h"
#include "monitor/log_view.h"
#include "monitor/report.h"

namespace gyre::monitor::internal {

/// Compares the rows of [report.from, report.until) with a reference profile, which may be empty, and fills in all of
/// the report that follows from them. Features that no logged version had are passed over. One column is in memory at a
/// time.
base::Result<void> CompareWindow(LogView& view, const model::ReferenceProfile& profile, const MonitorConfig& config,
                                 WindowReport& report);

}  // namespace gyre::monitor::internal
