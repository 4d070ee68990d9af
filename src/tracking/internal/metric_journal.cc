#include "tracking/internal/metric_journal.h"

#include "tracking/internal/metric_fold.h"
#include "tracking/internal/metric_order.h"

namespace gyre::tracking::internal {
namespace {

/// Batches of one run; with the folding thread at work a journal stays far below.
constexpr int64_t kLongestJournal = 128;

base::Result<int64_t> JournalLength(store::Reader& reader, int64_t run) {
  // Numbers start at 0 again whenever the journal is folded.
  const auto last = TRY(reader.QueryOne(
      "SELECT number FROM run_metric_journal WHERE run = ?1 ORDER BY number DESC LIMIT 1",
      [](const store::Row& row) { return row.Int(0); }, run));
  return last ? *last + 1 : 0;
}

void SortAndDrop(std::vector<MetricSample>& samples) {
  std::ranges::stable_sort(samples, IsBefore);
  samples.erase(std::unique(samples.begin(), samples.end(), IsSame), samples.end());
}

}  // namespace

base::Result<int64_t> AppendToJournal(store::Transaction& transaction, RunKey& run, const PackedBatch& batch) {
  int64_t number = TRY(JournalLength(transaction, run.number));
  if (number >= kLongestJournal) {
    TRY(FoldJournal(transaction, run));
    number = 0;
  }
  if (!batch.deferred()) {
    for (const auto& group : batch.batch.groups()) TRY(MoveLatest(transaction, run, group));
    TRY(StoreSeriesCount(transaction, run));
  }
  TRY(transaction.Execute(
      "INSERT INTO run_metric_journal(run, number, deferred, points, bytes) VALUES (?1, ?2, ?3, ?4, ?5)", run.number,
      number, batch.deferred(), static_cast<int64_t>(batch.batch.points()), store::BlobView{batch.bytes}));
  return number + 1;
}

base::Result<std::vector<MetricSample>> PendingSamples(store::Reader& reader, int64_t run, std::string_view key) {
  std::vector<MetricSample> samples;
  TRY(reader.Query(
      "SELECT bytes FROM run_metric_journal WHERE run = ?1 ORDER BY number",
      [&](const store::Row& row) {
        return ReadBatch(row.Bytes(0), [&](std::string_view metric, std::string_view packed) -> base::Result<void> {
          return metric == key ? UnpackSamples(packed, samples) : base::Ok();
        });
      },
      run));
  SortAndDrop(samples);
  return samples;
}

base::Result<PendingMetrics> PendingOf(store::Reader& reader, int64_t run) {
  PendingMetrics metrics;
  TRY(reader.Query(
      "SELECT bytes FROM run_metric_journal WHERE run = ?1 ORDER BY number",
      [&](const store::Row& row) {
        return ReadBatch(row.Bytes(0), [&](std::string_view metric, std::string_view packed) -> base::Result<void> {
          auto found = metrics.find(metric);
          if (found == metrics.end()) found = metrics.emplace(metric, std::vector<MetricSample>()).first;
          return UnpackSamples(packed, found->second);
        });
      },
      run));
  for (auto& [key, samples] : metrics) SortAndDrop(samples);
  return metrics;
}

base::Result<void> AddLatest(std::string_view bytes, LatestSamples& latest) {
  std::vector<MetricSample> samples;
  return ReadBatch(bytes, [&](std::string_view metric, std::string_view packed) -> base::Result<void> {
    samples.clear();
    TRY(UnpackSamples(packed, samples));
    if (samples.empty()) return base::Ok();
    const auto& last = *std::ranges::max_element(samples, IsEarlier);
    const auto [place, added] = latest.try_emplace(std::string(metric), last);
    if (!added && IsEarlier(place->second, last)) place->second = last;
    return base::Ok();
  });
}

}  // namespace gyre::tracking::internal
