#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "tracking/internal/metric_latest.h"
#include "tracking/internal/metric_packing.h"
#include "tracking/run.h"

namespace gyre::tracking::internal {

/// A batch ready to be written, made on the caller's thread so that the writer's only stores it.
struct PackedBatch {
  explicit PackedBatch(std::span<const MetricPoint> points) : batch(points), bytes(PackBatch(batch)) {}

  /// A batch of many metrics does not touch run_metrics, which would be a look-up and a row for each.
  bool deferred() const { return batch.groups().size() > kMetricsAtOnce; }

  static constexpr size_t kMetricsAtOnce = 16;
  SortedBatch batch;
  std::string bytes;
};

/// Appends a batch to the run's journal, and moves its latest points on unless the batch is deferred. Folds what is
/// there first if it is long, so that no journal grows without bound. Gives how many batches wait.
base::Result<int64_t> AppendToJournal(store::Transaction& transaction, RunKey& run, const PackedBatch& batch);

/// The points of one metric that wait in the journal, sorted as a history is, none twice.
base::Result<std::vector<MetricSample>> PendingSamples(store::Reader& reader, int64_t run, std::string_view key);

/// The points that wait in the journal of one run.
using PendingMetrics = std::map<std::string, std::vector<MetricSample>, std::less<>>;
base::Result<PendingMetrics> PendingOf(store::Reader& reader, int64_t run);

/// Moves `latest` on by a batch of the journal.
using LatestSamples = std::map<std::string, MetricSample, std::less<>>;
base::Result<void> AddLatest(std::string_view bytes, LatestSamples& latest);

}  // namespace gyre::tracking::internal
