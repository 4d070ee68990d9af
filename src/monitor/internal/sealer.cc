#include "monitor/internal/sealer.h"

#include <unistd.h>

#include "base/thread_pool.h"
#include "engine/engine.h"
#include "monitor/internal/index_file.h"
#include "monitor/internal/row_table.h"
#include "monitor/internal/segment_file.h"

namespace gyre::monitor::internal {
namespace {

constexpr std::chrono::seconds kRetryAfter{10};

/// Where a row lies in the segment, with what rows are sorted by.
struct RowPlace {
  int64_t event_time = 0;
  serve::PredictionId id{};
  std::string_view row;
};

base::Result<std::vector<RowPlace>> PlaceRows(std::string_view file, uint64_t first_block) {
  std::vector<RowPlace> places;
  TRY(ScanBlocks(file, first_block, [&](std::string_view rows) -> base::Result<void> {
    while (!rows.empty()) {
      const auto row = TRY(TakeRow(rows));
      const RowKey key = ReadRowKey(row);
      places.push_back({key.event_time, key.id, row});
    }
    return base::Ok();
  }));
  std::ranges::sort(places, [](const RowPlace& a, const RowPlace& b) {
    return std::tie(a.event_time, a.id) < std::tie(b.event_time, b.id);
  });
  return places;
}

std::vector<IdEntry> EntriesById(const std::vector<RowPlace>& places) {
  std::vector<IdEntry> entries;
  entries.reserve(places.size());
  for (const auto& place : places) entries.push_back({place.id, place.event_time});
  std::ranges::sort(entries, {}, &IdEntry::id);
  return entries;
}

base::Result<void> SyncFile(const std::filesystem::path& path) {
  const auto fd = TRY(base::OpenForRead(path));
  if (fsync(fd.get()) != 0) return base::ErrnoError("cannot sync", path.string());
  return base::Ok();
}

/// Writes the rows beside the segment, then moves the whole file to its place.
base::Result<void> WriteParquet(const std::vector<RowPlace>& places, const LogSchema& schema,
                                const std::filesystem::path& work, const std::filesystem::path& place,
                                uint64_t memory_bytes) {
  auto engine = TRY(engine::Engine::Open(
      {.memory_bytes = memory_bytes, .threads = 1, .temp_folder = {}, .files = {work}, .folders = {}}));
  auto connection = TRY(engine.Connect());
  TRY(FillTable(connection, "rows", schema, [&](const OnEncodedRow& on_row) -> base::Result<void> {
    for (const auto& at : places) TRY(on_row(at.row));
    return base::Ok();
  }));
  TRY(connection.WriteParquet(SelectAsFloats(LogColumns(schema), "rows"), work));
  TRY(SyncFile(work));
  TRY(base::MakeFolders(place.parent_path()));
  TRY(base::SyncFolder(place.parent_path().parent_path()));
  return base::RenameDurably(work, place);
}

}  // namespace

base::Result<std::shared_ptr<const SealedFile>> SealSegment(const LogPaths& paths, const LogSnapshot::Tail& tail,
                                                            uint64_t memory_bytes) {
  const Segment& segment = *tail.segment;
  auto sealed = std::make_shared<SealedFile>();
  sealed->parquet = paths.Parquet(segment.endpoint, segment.stem);
  sealed->index = paths.Index(segment.endpoint, segment.stem);
  sealed->schema = segment.schema;
  sealed->range = tail.content.range;
  if (sealed->range.rows > 0) {
    const auto file = TRY(ReadPrefix(segment.fd.get(), tail.content.bytes, segment.path.string()));
    const auto places = TRY(PlaceRows(file, segment.first_block));
    if (places.size() != sealed->range.rows) {
      return base::Corrupt(fmt::format("{} has {} whole rows, but {} were written", segment.path.string(),
                                       places.size(), sealed->range.rows),
                           segment.path.string());
    }
    TRY(base::MakeFolders(sealed->index.parent_path()));
    TRY(WriteIndex(sealed->index, {.schema = segment.schema, .range = sealed->range}, EntriesById(places)));
    auto work = segment.path;
    work.replace_extension(".parquet");
    TRY(WriteParquet(places, *segment.schema, work, sealed->parquet, memory_bytes));
  }
  if (unlink(segment.path.c_str()) != 0) return base::ErrnoError("cannot delete", segment.path.string());
  return sealed->range.rows > 0 ? sealed : nullptr;
}

Sealer::Sealer(const Options& options, const LogPaths& paths, Catalogue& catalogue, base::Logger& log)
    : options_(options), paths_(paths), catalogue_(catalogue), log_(log) {
  thread_ = std::thread([this] {
    base::NameThread("seal-log");
    Run();
  });
}

Sealer::~Sealer() {
  Stop();
}

void Sealer::Wake() {
  {
    const std::lock_guard lock(mutex_);
    due_ = true;
  }
  wake_.notify_one();
}

base::Result<bool> Sealer::SealNext(const std::string& endpoint) {
  const std::lock_guard lock(sealing_);
  const auto closed = catalogue_.Closed(endpoint);
  if (closed.empty()) return false;
  auto sealed = SealSegment(paths_, closed.front(), options_.memory_bytes);
  if (!sealed) return sealed.error().Within(fmt::format("sealing {}", closed.front().segment->path.string()));
  catalogue_.Replace(*closed.front().segment, std::move(*sealed));
  return true;
}

base::Result<void> Sealer::SealNow(const std::string& endpoint) {
  while (TRY(SealNext(endpoint))) {
  }
  return base::Ok();
}

base::Result<void> Sealer::Forget(const std::string& endpoint) {
  const std::lock_guard lock(sealing_);
  const auto removed = catalogue_.Remove(endpoint);
  std::vector<std::filesystem::path> paths;
  for (const auto& tail : removed.tails) paths.push_back(tail.segment->path);
  // Without its Parquet an index is what a crash while sealing leaves, which opening the log mends.
  for (const auto& file : removed.files) paths.insert(paths.end(), {file->parquet, file->index});
  for (const auto& path : paths) {
    if (unlink(path.c_str()) != 0 && errno != ENOENT) return base::ErrnoError("cannot delete", path.string());
  }
  return base::Ok();
}

bool Sealer::OutOfTime() {
  const std::lock_guard lock(mutex_);
  return stopping_ && std::chrono::steady_clock::now() > stop_by_;
}

void Sealer::SealAll() {
  for (const auto& endpoint : catalogue_.Endpoints()) {
    base::Result<bool> more = true;
    while (more && *more && !OutOfTime()) more = SealNext(endpoint);
    if (!more) {
      log_.Warn("prediction_log_seal_failed", {{"endpoint", endpoint}, {"error", more.error().message()}});
    }
  }
}

void Sealer::Run() {
  while (true) {
    bool last = false;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, kRetryAfter, [this] { return due_ || stopping_; });
      due_ = false;
      last = stopping_;
    }
    SealAll();
    if (last) return;
  }
}

void Sealer::Stop() {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) stop_by_ = std::chrono::steady_clock::now() + options_.stop_time;
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

}  // namespace gyre::monitor::internal
