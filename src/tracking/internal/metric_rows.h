#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "tracking/internal/run_rows.h"
#include "tracking/run.h"

namespace gyre::tracking::internal {

/// A value as the tables have it.
struct StoredValue {
  explicit StoredValue(double logged);
  double value;
  bool is_nan;
};
double ReadValue(const store::Row& row, int value_column);  ///< is_nan is the column after

/// Adds the points that are new to the history and moves the latest ones on.
base::Result<void> WriteMetrics(store::Transaction& transaction, const RunKey& run,
                                std::span<const MetricPoint> points);

base::Result<std::vector<MetricPoint>> LoadHistory(store::Reader& reader, int64_t run, std::string_view key,
                                                   int64_t limit);

}  // namespace gyre::tracking::internal
