#include "tracking/internal/metric_latest.h"

#include <cmath>
#include <limits>

#include "tracking/internal/metric_order.h"

namespace gyre::tracking::internal {
namespace {

struct Bounds {
  std::optional<double> least;
  std::optional<double> greatest;

  bool operator==(const Bounds&) const = default;
  void Include(double value) {
    if (std::isnan(value)) return;
    least = least ? std::min(*least, value) : value;
    greatest = greatest ? std::max(*greatest, value) : value;
  }
};

struct Known {
  int64_t series = 0;
  MetricSample latest;
  Bounds bounds;
};

base::Result<std::optional<Known>> Find(store::Reader& reader, int64_t run, std::string_view key) {
  return reader.QueryOne(
      "SELECT series, step, time, value, is_nan, min_value, max_value FROM run_metrics WHERE run = ?1 AND key = ?2",
      [](const store::Row& row) {
        return Known{.series = row.Int(0),
                     .latest = {.value = ReadValue(row, 3), .time = base::FromMicros(row.Int(2)), .step = row.Int(1)},
                     .bounds = {.least = row.OptionalReal(5), .greatest = row.OptionalReal(6)}};
      },
      run, key);
}

base::Result<void> Store(store::Transaction& transaction, const RunKey& run, std::string_view key,
                         const Known& metric) {
  const StoredValue stored(metric.latest.value);
  TRY(
      transaction.Execute("INSERT INTO run_metrics(run, key, series, step, time, value, is_nan, experiment, min_value, "
                          "max_value) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT(run, key) DO UPDATE "
                          "SET step = excluded.step, time = excluded.time, value = excluded.value, "
                          "is_nan = excluded.is_nan, min_value = excluded.min_value, max_value = excluded.max_value",
                          run.number, key, metric.series, metric.latest.step, base::ToMicros(metric.latest.time),
                          stored.value, stored.is_nan, run.experiment, metric.bounds.least, metric.bounds.greatest));
  return base::Ok();
}

}  // namespace

StoredValue::StoredValue(double logged) : value(RankOf(logged)), is_nan(std::isnan(logged)) {}

double ReadValue(const store::Row& row, int value_column) {
  return row.Bool(value_column + 1) ? std::numeric_limits<double>::quiet_NaN() : row.Real(value_column);
}

base::Result<int64_t> MoveLatest(store::Transaction& transaction, RunKey& run, const SampleGroup& group) {
  const auto known = TRY(Find(transaction, run.number, group.key));
  const auto& latest = *std::ranges::max_element(group.samples, IsEarlier);
  Known moved = known.value_or(Known{.series = run.series_count, .latest = latest, .bounds = {}});
  if (!known) ++run.series_count;
  for (const auto& sample : group.samples) moved.bounds.Include(sample.value);
  const bool later = known && IsEarlier(known->latest, latest);
  if (later) moved.latest = latest;
  if (!known || later || moved.bounds != known->bounds) TRY(Store(transaction, run, group.key, moved));
  return moved.series;
}

base::Result<void> StoreSeriesCount(store::Transaction& transaction, const RunKey& run) {
  TRY(transaction.Execute("UPDATE runs SET series_count = ?2 WHERE number = ?1 AND series_count <> ?2", run.number,
                          run.series_count));
  return base::Ok();
}

base::Result<std::optional<int64_t>> FindSeries(store::Reader& reader, int64_t run, std::string_view key) {
  return reader.QueryOne(
      "SELECT series FROM run_metrics WHERE run = ?1 AND key = ?2", [](const store::Row& row) { return row.Int(0); },
      run, key);
}

}  // namespace gyre::tracking::internal
