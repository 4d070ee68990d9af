#include "tracking/internal/metric_chunks.h"

#include "tracking/internal/metric_order.h"
#include "tracking/internal/metric_packing.h"

namespace gyre::tracking::internal {
namespace {

using Samples = std::vector<MetricSample>;

struct Chunk {
  std::string first;
  Samples samples;
};

/// The last chunk that starts at or before `place`.
base::Result<std::optional<Chunk>> FindChunk(store::Reader& reader, const SeriesKey& key, std::string_view place) {
  std::optional<Chunk> found;
  TRY(reader.Query(
      "SELECT first, bytes FROM run_metric_chunks WHERE run = ?1 AND series = ?2 AND first <= ?3 "
      "ORDER BY first DESC LIMIT 1",
      [&](const store::Row& row) -> base::Result<void> {
        found.emplace(Chunk{.first = std::string(row.Bytes(0)), .samples = {}});
        return UnpackSamples(row.Bytes(1), found->samples);
      },
      key.run, key.series, store::BlobView{place}));
  return found;
}

base::Result<std::optional<std::string>> FirstAfter(store::Reader& reader, const SeriesKey& key,
                                                    std::string_view place) {
  return reader.QueryOne(
      "SELECT first FROM run_metric_chunks WHERE run = ?1 AND series = ?2 AND first > ?3 ORDER BY first LIMIT 1",
      [](const store::Row& row) { return std::string(row.Bytes(0)); }, key.run, key.series, store::BlobView{place});
}

base::Result<void> Store(store::Transaction& transaction, const SeriesKey& key, std::span<const MetricSample> samples) {
  const auto [least, greatest] = std::ranges::minmax_element(samples, {}, &MetricSample::step);
  const auto bytes = PackSamples(samples);
  const auto first = PlaceBytes(samples.front());
  TRY(
      transaction.Execute("INSERT INTO run_metric_chunks(run, series, first, points, min_step, max_step, bytes) "
                          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(run, series, first) DO UPDATE SET "
                          "points = excluded.points, min_step = excluded.min_step, max_step = excluded.max_step, "
                          "bytes = excluded.bytes",
                          key.run, key.series, store::BlobView{first}, static_cast<int64_t>(samples.size()),
                          least->step, greatest->step, store::BlobView{bytes}));
  return base::Ok();
}

/// At the end of a history chunks are filled up; within it they are halved, so that both have room.
base::Result<void> StoreInPieces(store::Transaction& transaction, const SeriesKey& key,
                                 std::span<const MetricSample> samples, bool at_end) {
  const size_t pieces = (samples.size() + kChunkPoints - 1) / kChunkPoints;
  const size_t piece = at_end ? kChunkPoints : (samples.size() + pieces - 1) / pieces;
  for (size_t start = 0; start < samples.size(); start += piece) {
    TRY(Store(transaction, key, samples.subspan(start, std::min(piece, samples.size() - start))));
  }
  return base::Ok();
}

Samples Union(std::span<const MetricSample> a, std::span<const MetricSample> b) {
  Samples both;
  both.reserve(a.size() + b.size());
  std::ranges::set_union(a, b, std::back_inserter(both), IsBefore);
  return both;
}

/// Merges those of `samples` that belong to the chunk of the first of them; gives how many that were.
base::Result<size_t> MergeIntoOne(store::Transaction& transaction, const SeriesKey& key,
                                  std::span<const MetricSample> samples) {
  const auto place = PlaceBytes(samples.front());
  const auto chunk = TRY(FindChunk(transaction, key, place));
  const auto next = TRY(FirstAfter(transaction, key, place));
  size_t count = samples.size();
  if (next) {
    const auto end = std::ranges::lower_bound(samples, SampleAt(*next), IsBefore);
    count = static_cast<size_t>(end - samples.begin());
  }
  const auto part = samples.first(count);
  if (!chunk) {
    TRY(StoreInPieces(transaction, key, part, !next));
    return count;
  }
  const auto merged = Union(chunk->samples, part);
  if (merged.size() != chunk->samples.size()) TRY(StoreInPieces(transaction, key, merged, !next));
  return count;
}

/// Rows read at once: a page of 25,000 points takes two reads of the table.
constexpr int64_t kChunksAtOnce = 16;

}  // namespace

base::Result<void> MergeIntoChunks(store::Transaction& transaction, const SeriesKey& key,
                                   std::span<const MetricSample> samples) {
  while (!samples.empty()) samples = samples.subspan(TRY(MergeIntoOne(transaction, key, samples)));
  return base::Ok();
}

base::Result<void> VisitChunks(store::Reader& reader, const SeriesKey& key, const std::optional<MetricSample>& after,
                               const std::function<bool(std::span<const MetricSample>)>& on_points) {
  std::string from;
  if (after) {
    const auto chunk = TRY(reader.QueryOne(
        "SELECT first FROM run_metric_chunks WHERE run = ?1 AND series = ?2 AND first <= ?3 "
        "ORDER BY first DESC LIMIT 1",
        [](const store::Row& row) { return std::string(row.Bytes(0)); }, key.run, key.series,
        store::BlobView{PlaceBytes(*after)}));
    from = chunk.value_or("");
  }
  Samples samples;
  bool wanted = true;
  for (int64_t rows = kChunksAtOnce; wanted && rows == kChunksAtOnce;) {
    rows = 0;
    std::string last;
    TRY(reader.Query(
        "SELECT first, bytes FROM run_metric_chunks WHERE run = ?1 AND series = ?2 AND first >= ?3 "
        "ORDER BY first LIMIT ?4",
        [&](const store::Row& row) -> base::Result<void> {
          ++rows;
          if (!wanted) return base::Ok();
          last = row.Bytes(0);
          samples.clear();
          TRY(UnpackSamples(row.Bytes(1), samples));
          const auto begin = after ? std::ranges::upper_bound(samples, *after, IsBefore) : samples.begin();
          const std::span points(begin, samples.end());
          if (!points.empty()) wanted = on_points(points);
          return base::Ok();
        },
        key.run, key.series, store::BlobView{from}, kChunksAtOnce));
    // The smallest place after the last: a longer text that starts the same.
    from = last + '\0';
  }
  return base::Ok();
}

}  // namespace gyre::tracking::internal
