#include "tracking/internal/metric_rows.h"

#include <cmath>
#include <limits>

namespace gyre::tracking::internal {
namespace {

/// Of two points of a metric the one with the greater place is the later.
using Place = std::tuple<int64_t, int64_t, double>;  // step, time, value

Place PlaceOf(const MetricPoint& point) {
  return {point.step, base::ToMicros(point.time), StoredValue(point.value).value};
}

struct Series {
  int64_t number = 0;
  Place latest;
};

base::Result<std::optional<Series>> FindSeries(store::Reader& reader, int64_t run, std::string_view key) {
  return reader.QueryOne(
      "SELECT series, step, time, value FROM run_metrics WHERE run = ?1 AND key = ?2",
      [](const store::Row& row) {
        return Series{.number = row.Int(0), .latest = {row.Int(1), row.Int(2), row.Real(3)}};
      },
      run, key);
}

base::Result<void> WriteLatest(store::Transaction& transaction, int64_t run, int64_t series, const MetricPoint& point) {
  const StoredValue stored(point.value);
  TRY(transaction.Execute(
      "INSERT INTO run_metrics(run, key, series, step, time, value, is_nan) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
      "ON CONFLICT(run, key) DO UPDATE SET step = excluded.step, time = excluded.time, value = excluded.value, "
      "is_nan = excluded.is_nan",
      run, point.key, series, point.step, base::ToMicros(point.time), stored.value, stored.is_nan));
  return base::Ok();
}

/// `points` are all of one key, sorted.
base::Result<void> WriteSeries(store::Transaction& transaction, int64_t run, int64_t series,
                               std::span<const MetricPoint* const> points) {
  for (const MetricPoint* point : points) {
    const StoredValue stored(point->value);
    TRY(transaction.Execute(
        "INSERT INTO run_metric_points(run, series, time, step, value, is_nan) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
        "ON CONFLICT DO NOTHING",
        run, series, base::ToMicros(point->time), point->step, stored.value, stored.is_nan));
  }
  return base::Ok();
}

/// By key, then as the history is ordered: neighbours in the batch are neighbours in the table.
std::vector<const MetricPoint*> Sorted(std::span<const MetricPoint> points) {
  std::vector<const MetricPoint*> sorted;
  sorted.reserve(points.size());
  for (const auto& point : points) sorted.push_back(&point);
  std::ranges::stable_sort(sorted, {}, [](const MetricPoint* point) {
    return std::tuple(std::string_view(point->key), point->time, point->step, StoredValue(point->value).value);
  });
  return sorted;
}

}  // namespace

StoredValue::StoredValue(double logged) : value(std::isnan(logged) ? 0 : logged), is_nan(std::isnan(logged)) {}

double ReadValue(const store::Row& row, int value_column) {
  return row.Bool(value_column + 1) ? std::numeric_limits<double>::quiet_NaN() : row.Real(value_column);
}

base::Result<void> WriteMetrics(store::Transaction& transaction, const RunKey& run,
                                std::span<const MetricPoint> points) {
  const auto sorted = Sorted(points);
  int64_t series_count = run.series_count;
  for (auto begin = sorted.begin(); begin != sorted.end();) {
    const std::string& key = (*begin)->key;
    const auto end = std::find_if(begin, sorted.end(), [&](const MetricPoint* point) { return point->key != key; });
    const MetricPoint& latest = **std::max_element(
        begin, end, [](const MetricPoint* a, const MetricPoint* b) { return PlaceOf(*a) < PlaceOf(*b); });
    const auto known = TRY(FindSeries(transaction, run.number, key));
    const int64_t series = known ? known->number : series_count++;
    if (!known || PlaceOf(latest) > known->latest) TRY(WriteLatest(transaction, run.number, series, latest));
    TRY(WriteSeries(transaction, run.number, series, std::span(begin, end)));
    begin = end;
  }
  if (series_count != run.series_count) {
    TRY(transaction.Execute("UPDATE runs SET series_count = ?2 WHERE number = ?1", run.number, series_count));
  }
  return base::Ok();
}

base::Result<std::vector<MetricPoint>> LoadHistory(store::Reader& reader, int64_t run, std::string_view key,
                                                   int64_t limit) {
  std::vector<MetricPoint> points;
  const auto series = TRY(FindSeries(reader, run, key));
  if (!series) return points;
  TRY(reader.Query(
      "SELECT time, step, value, is_nan FROM run_metric_points WHERE run = ?1 AND series = ?2 "
      "ORDER BY time, step, value, is_nan LIMIT ?3",
      [&](const store::Row& row) -> base::Result<void> {
        points.push_back({.key = std::string(key),
                          .value = ReadValue(row, 2),
                          .time = base::FromMicros(row.Int(0)),
                          .step = row.Int(1)});
        return base::Ok();
      },
      run, series->number, limit));
  return points;
}

}  // namespace gyre::tracking::internal
