#pragma once

#include <vector>

#include "monitor/config.h"
#include "monitor/report.h"

namespace gyre::monitor::internal {

/// The alarm of a window that has drifted, with its evidence; ids and times are filled in by who stores it.
Alarm DriftAlarm(const WindowReport& report, const MonitorConfig& config);

/// One alarm per rule that the report's performance breaches with enough labels.
std::vector<Alarm> PerformanceAlarms(const WindowReport& report, const MonitorConfig& config);

}  // namespace gyre::monitor::internal
