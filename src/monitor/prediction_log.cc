#include "monitor/prediction_log.h"

#include <cstring>

#include "base/file.h"
#include "engine/sql.h"
#include "monitor/internal/catalogue.h"
#include "monitor/internal/index_file.h"
#include "monitor/internal/log_paths.h"
#include "monitor/internal/log_writer.h"
#include "monitor/internal/recovery.h"
#include "monitor/internal/ring_set.h"
#include "monitor/internal/sealer.h"
#include "monitor/internal/view_builder.h"

namespace gyre::monitor {
namespace {

using internal::IdEntry;
using internal::LogSnapshot;
using internal::Producer;
using internal::Stream;

/// Copies rows into the ring until one does not fit; returns how many went in.
size_t CopyRows(Producer& producer, const Stream& stream, std::span<const serve::PredictionView> rows) {
  size_t copied = 0;
  for (const auto& row : rows) {
    if (!Fits(stream.shape, row)) break;
    const internal::RowVersions versions{
        .answer = producer.TextOf(*row.answer.version),
        .shadow = row.shadow ? producer.TextOf(*row.shadow->version) : std::string_view()};
    char* place = producer.ring.Reserve(sizeof(uint32_t) + EncodedBytes(stream.shape, row, versions));
    if (place == nullptr) break;
    std::memcpy(place, &stream.number, sizeof(uint32_t));
    EncodeRow(stream.shape, row, versions, place + sizeof(uint32_t));
    ++copied;
  }
  producer.ring.Publish();
  return copied;
}

/// Ids to look for, in order, so that the few that a file may hold are found without looking at the rest.
class Wanted {
 public:
  struct Id {
    serve::PredictionId id;
    size_t position;
  };
  explicit Wanted(std::span<const serve::PredictionId> ids) {
    for (size_t i = 0; i < ids.size(); ++i) ids_.push_back({ids[i], i});
    std::ranges::sort(ids_, {}, &Id::id);
  }

  std::span<const Id> Within(const internal::RowRange& range) const {
    if (range.rows == 0) return {};
    const auto first = std::ranges::lower_bound(ids_, range.first_id, {}, &Id::id);
    const auto last = std::ranges::upper_bound(first, ids_.end(), range.last_id, {}, &Id::id);
    return {first, last};
  }

 private:
  std::vector<Id> ids_;
};

using FoundRows = std::vector<std::optional<PredictionLog::Found>>;

void FindAmong(std::span<const IdEntry> entries, std::span<const Wanted::Id> wanted,
               const std::shared_ptr<const LogSchema>& schema, FoundRows& found) {
  for (const auto& [id, position] : wanted) {
    const IdEntry* entry = internal::FindId(entries, id);
    if (entry != nullptr) found[position] = {base::FromMicros(entry->event_time), schema};
  }
}

base::Result<void> FindIn(const LogSnapshot& snapshot, const Wanted& ids, FoundRows& found) {
  for (const auto& tail : snapshot.tails) {
    const auto wanted = ids.Within(tail.content.range);
    for (const auto& run : tail.content.runs) FindAmong(*run, wanted, tail.segment->schema, found);
  }
  for (const auto& file : snapshot.files) {
    const auto wanted = ids.Within(file->range);
    if (wanted.empty()) continue;
    const auto index = TRY(internal::MappedIndex::Open(file->index, !file->verified));
    file->verified = true;
    FindAmong(index.entries(), wanted, file->schema, found);
  }
  return base::Ok();
}

}  // namespace

struct PredictionLog::Impl {
  Impl(const Options& chosen, const Deps& deps)
      : options(chosen),
        paths{chosen.folder},
        log(deps.log),
        streams(deps.metrics),
        rings(chosen.ring_bytes),
        deps_of_segments{paths, catalogue, deps.clock, deps.entropy} {}

  /// Once the catalogue is filled.
  void Start() {
    sealer.emplace(internal::Sealer::Options{options.engine_bytes, options.stop_time}, paths, catalogue, log);
    writer.emplace(internal::LogWriter::Options{options.write_interval, options.seal_bytes, options.seal_age},
                   internal::LogWriter::Deps{rings, streams, deps_of_segments, log, [this] { sealer->Wake(); }});
    if (!catalogue.Closed("").empty()) sealer->Wake();
  }

  const Options options;
  const internal::LogPaths paths;
  base::Logger& log;
  internal::Catalogue catalogue;
  internal::StreamTable streams;
  internal::RingSet rings;
  const internal::SegmentWriter::Deps deps_of_segments;
  std::atomic<bool> stopped{false};
  // The writer wakes the sealer, so it ends first.
  std::optional<internal::Sealer> sealer;
  std::optional<internal::LogWriter> writer;
};

PredictionLog::PredictionLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

PredictionLog::~PredictionLog() {
  Stop();
}

base::Result<std::unique_ptr<PredictionLog>> PredictionLog::Open(const Options& options, const Deps& deps) {
  // DuckDB would take such a path for a pattern, and only when the first rows are read.
  if (const auto plain = engine::ParquetTable(options.folder / "x.parquet"); !plain) return plain.error();
  TRY(base::MakeFolders(options.folder));
  auto impl = std::make_unique<Impl>(options, deps);
  TRY(internal::Recover(impl->paths, impl->catalogue, deps.log));
  impl->Start();
  return std::unique_ptr<PredictionLog>(new PredictionLog(std::move(impl)));
}

bool PredictionLog::Offer(const serve::PredictionBatch& batch) {
  if (batch.rows.empty()) return true;
  try {
    if (impl_->stopped.load(std::memory_order_relaxed)) {
      impl_->streams.Dropped(batch.endpoint).Add(batch.rows.size());
      return false;
    }
    auto& producer = impl_->rings.OfThisThread();
    const auto* stream = producer.StreamOf(batch, impl_->streams);
    if (stream == nullptr) return false;
    const size_t copied = CopyRows(producer, *stream, batch.rows);
    if (copied < batch.rows.size()) stream->dropped->Add(batch.rows.size() - copied);
    return copied == batch.rows.size();
  } catch (const std::exception&) {  // no memory for a new ring or stream
    return false;
  }
}

void PredictionLog::Flush() {
  impl_->writer->Flush();
}

base::Result<void> PredictionLog::Seal(const serve::EndpointName& endpoint) {
  impl_->writer->Flush(endpoint.value());
  return impl_->sealer->SealNow(endpoint.value());
}

base::Result<void> PredictionLog::Forget(const serve::EndpointName& endpoint) {
  impl_->writer->Flush(endpoint.value());
  return impl_->sealer->Forget(endpoint.value());
}

std::optional<base::Timestamp> PredictionLog::Watermark(const serve::EndpointName& endpoint) const {
  const auto micros = impl_->catalogue.Watermark(endpoint.value());
  return micros ? std::optional(base::FromMicros(*micros)) : std::nullopt;
}

std::optional<base::Timestamp> PredictionLog::EarliestEvent(const serve::EndpointName& endpoint) const {
  internal::RowRange all;
  const auto snapshot = impl_->catalogue.Snapshot(endpoint.value());
  for (const auto& file : snapshot.files) all.Add(file->range);
  for (const auto& tail : snapshot.tails) all.Add(tail.content.range);
  return all.rows > 0 ? std::optional(base::FromMicros(all.event_first)) : std::nullopt;
}

base::Result<std::vector<std::optional<PredictionLog::Found>>> PredictionLog::Find(
    const serve::EndpointName& endpoint, std::span<const serve::PredictionId> ids) {
  const Wanted wanted(ids);
  FoundRows found(ids.size());
  TRY(FindIn(impl_->catalogue.Snapshot(endpoint.value()), wanted, found));
  const bool all = std::ranges::all_of(found, [](const auto& row) { return row.has_value(); });
  if (!all) {
    // A label may come faster than its row reaches a segment.
    Flush();
    TRY(FindIn(impl_->catalogue.Snapshot(endpoint.value()), wanted, found));
  }
  return found;
}

base::Result<LogView> PredictionLog::View(const serve::EndpointName& endpoint, const RowFilter& filter,
                                          const std::vector<std::filesystem::path>& outputs) const {
  const auto snapshot = impl_->catalogue.Snapshot(endpoint.value());
  auto view = internal::BuildView(
      snapshot, filter, outputs,
      {.memory_bytes = impl_->options.engine_bytes, .spill_folder = impl_->paths.Spill(endpoint.value())});
  if (!view) return view.error().Within(fmt::format("reading the logged rows of {}", endpoint.value()));
  return view;
}

std::vector<std::filesystem::path> PredictionLog::Files(const serve::EndpointName& endpoint) const {
  std::vector<std::filesystem::path> paths;
  for (const auto& file : impl_->catalogue.Snapshot(endpoint.value()).files) paths.push_back(file->parquet);
  return paths;
}

uint64_t PredictionLog::dropped(const serve::EndpointName& endpoint) const {
  return impl_->streams.Dropped(endpoint.value()).value();
}

void PredictionLog::Stop() {
  impl_->stopped = true;
  impl_->writer->Stop();
  impl_->sealer->Stop();
}

}  // namespace gyre::monitor
