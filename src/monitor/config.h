#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace gyre::monitor {

/// Section `endpoints.NAME.monitor` of gyre.yaml. Every endpoint is monitored, with these defaults if it says nothing.
struct MonitorConfig {
  std::chrono::microseconds window = std::chrono::hours(24 * 7);  ///< tumbling, on event time, aligned to the epoch
  std::chrono::microseconds lateness{};  ///< a window closes once the watermark is this far past its end
  int64_t min_rows = 200;                ///< fewer: the window is reported but raises nothing
  /// A feature has drifted if its PSI is at least this and its test (Kolmogorov-Smirnov for numbers, chi-squared for
  /// categories) has a p-value under `p_value`: a shift that is both large and no accident.
  double psi = 0.2;
  double p_value = 0.01;
  double drifted_share = 0.3;  ///< of the features: then the window has drifted
  int64_t persistence = 1;     ///< windows in a row that must have drifted before an alarm
  struct Performance {
    std::string metric;    ///< "brier", "accuracy", ... as in stats/report.h
    double threshold = 0;  ///< the worst value that is still fine
    int64_t min_labels = 200;
    bool operator==(const Performance&) const = default;

    /// On the wrong side of the threshold: above it for a loss, below it for a score.
    bool IsBreached(double value) const;
  };
  std::vector<Performance> performance;
  std::vector<std::string> webhooks;  ///< URLs that get alarms as JSON; whoever takes the alarms calls them

  bool operator==(const MonitorConfig&) const = default;

  /// `path` is what errors call the object.
  static base::Result<MonitorConfig> FromJson(const base::Json& json, const std::string& path);
  base::Json ToJson() const;
};

}  // namespace gyre::monitor
