#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "store/database.h"
#include "tracking/internal/metric_packing.h"
#include "tracking/run.h"

namespace gyre::tracking::internal {

/// What a writer needs to know of a run.
struct RunKey {
  int64_t number = 0;
  int64_t experiment = 0;
  int64_t series_count = 0;  ///< metrics that it has logged; the next one's number
};

/// A value as the tables have it: SQLite turns NaN into NULL.
struct StoredValue {
  explicit StoredValue(double logged);
  double value;
  bool is_nan;
};
double ReadValue(const store::Row& row, int value_column);  ///< is_nan is the column after

/// Moves run_metrics on by the points of one metric: its latest, least and greatest. Gives the metric's series; a new
/// one takes the next of `run`, whose count StoreSeriesCount writes.
base::Result<int64_t> MoveLatest(store::Transaction& transaction, RunKey& run, const SampleGroup& group);
base::Result<void> StoreSeriesCount(store::Transaction& transaction, const RunKey& run);

/// Nothing if no point of the metric is folded or written yet.
base::Result<std::optional<int64_t>> FindSeries(store::Reader& reader, int64_t run, std::string_view key);

}  // namespace gyre::tracking::internal
