#include "tracking/internal/metric_fold.h"

#include "tracking/internal/metric_chunks.h"
#include "tracking/internal/metric_journal.h"
#include "tracking/internal/metric_order.h"

namespace gyre::tracking::internal {
namespace {

/// Points of version 1 in one transaction: some 50 ms.
constexpr int64_t kOldPointsAtOnce = 20'000;

struct OldPoint {
  SeriesKey series;
  MetricSample sample;
};

base::Result<std::vector<OldPoint>> ReadOldPoints(store::Reader& reader) {
  std::vector<OldPoint> points;
  TRY(reader.Query(
      "SELECT run, series, time, step, value, is_nan FROM run_metric_points "
      "ORDER BY run, series, time, step, value, is_nan LIMIT ?1",
      [&](const store::Row& row) -> base::Result<void> {
        points.push_back(
            {.series = {.run = row.Int(0), .series = row.Int(1)},
             .sample = {.value = ReadValue(row, 4) + 0.0, .time = base::FromMicros(row.Int(2)), .step = row.Int(3)}});
        return base::Ok();
      },
      kOldPointsAtOnce));
  return points;
}

base::Result<void> DeleteOldPointsTo(store::Transaction& transaction, const OldPoint& last) {
  const StoredValue stored(last.sample.value);
  TRY(
      transaction.Execute("DELETE FROM run_metric_points WHERE (run, series, time, step, value, is_nan) <= "
                          "(?1, ?2, ?3, ?4, ?5, ?6)",
                          last.series.run, last.series.series, base::ToMicros(last.sample.time), last.sample.step,
                          stored.value, stored.is_nan));
  return base::Ok();
}

base::Result<void> FoldOldSeries(store::Transaction& transaction, const SeriesKey& series,
                                 std::span<const MetricSample> samples) {
  TRY(MergeIntoChunks(transaction, series, samples));
  std::vector<double> values;
  for (const auto& sample : samples) {
    if (!std::isnan(sample.value)) values.push_back(sample.value);
  }
  if (values.empty()) return base::Ok();
  const auto [least, greatest] = std::ranges::minmax(values);
  TRY(
      transaction.Execute("UPDATE run_metrics SET min_value = ?3 WHERE run = ?1 AND series = ?2 AND "
                          "(min_value IS NULL OR min_value > ?3)",
                          series.run, series.series, least));
  TRY(
      transaction.Execute("UPDATE run_metrics SET max_value = ?3 WHERE run = ?1 AND series = ?2 AND "
                          "(max_value IS NULL OR max_value < ?3)",
                          series.run, series.series, greatest));
  return base::Ok();
}

}  // namespace

base::Result<int64_t> FoldJournal(store::Transaction& transaction, RunKey& run) {
  const auto pending = TRY(PendingOf(transaction, run.number));
  int64_t points = 0;
  for (const auto& [key, samples] : pending) {
    if (samples.empty()) continue;
    const int64_t series = TRY(MoveLatest(transaction, run, {.key = key, .samples = samples}));
    TRY(MergeIntoChunks(transaction, {.run = run.number, .series = series}, samples));
    points += static_cast<int64_t>(samples.size());
  }
  TRY(StoreSeriesCount(transaction, run));
  TRY(transaction.Execute("DELETE FROM run_metric_journal WHERE run = ?1", run.number));
  return points;
}

base::Result<int64_t> FoldRun(store::Transaction& transaction, int64_t run) {
  auto key = TRY(transaction.QueryOne(
      "SELECT number, experiment, series_count FROM runs WHERE number = ?1",
      [](const store::Row& row) {
        return RunKey{.number = row.Int(0), .experiment = row.Int(1), .series_count = row.Int(2)};
      },
      run));
  if (!key) return 0;
  return FoldJournal(transaction, *key);
}

base::Result<std::vector<int64_t>> RunsWithJournal(store::Reader& reader) {
  std::vector<int64_t> runs;
  TRY(reader.Query("SELECT DISTINCT run FROM run_metric_journal", [&](const store::Row& row) -> base::Result<void> {
    runs.push_back(row.Int(0));
    return base::Ok();
  }));
  return runs;
}

base::Result<bool> FoldSomeOldPoints(store::Transaction& transaction) {
  const auto points = TRY(ReadOldPoints(transaction));
  if (points.empty()) return false;
  for (auto begin = points.begin(); begin != points.end();) {
    const SeriesKey series = begin->series;
    std::vector<MetricSample> samples;
    for (; begin != points.end() && begin->series.run == series.run && begin->series.series == series.series; ++begin) {
      samples.push_back(begin->sample);
    }
    TRY(FoldOldSeries(transaction, series, samples));
  }
  TRY(DeleteOldPointsTo(transaction, points.back()));
  return true;
}

}  // namespace gyre::tracking::internal
