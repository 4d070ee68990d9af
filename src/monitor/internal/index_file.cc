#include "monitor/internal/index_file.h"

#include <cstring>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/object_reader.h"
#include "monitor/internal/checksum.h"
#include "monitor/internal/segment_file.h"
#include "serve/prediction_id.h"

namespace gyre::monitor::internal {
namespace {

constexpr std::string_view kMagic = "GYREIDX1";

/// After the magic; of a size that keeps what follows aligned.
struct Frame {
  uint32_t range_bytes = 0;
  uint32_t schema_bytes = 0;
  uint32_t range_checksum = 0;
  uint32_t schema_checksum = 0;
  uint32_t entries_checksum = 0;
  uint32_t reserved = 0;

  uint64_t HeaderBytes() const;
  uint64_t EntriesOffset() const { return (HeaderBytes() + 7) / 8 * 8; }
};
constexpr size_t kFrameBytes = kMagic.size() + sizeof(Frame);

uint64_t Frame::HeaderBytes() const {
  return kFrameBytes + uint64_t{range_bytes} + schema_bytes;
}

std::string_view BytesOf(std::span<const IdEntry> entries) {
  return {reinterpret_cast<const char*>(entries.data()), entries.size_bytes()};
}

base::Json RangeToJson(const RowRange& range) {
  base::Json json = {{"rows", range.rows},
                     {"first_id", serve::FormatPredictionId(range.first_id)},
                     {"last_id", serve::FormatPredictionId(range.last_id)},
                     {"answered_last", range.answered_last},
                     {"event_first", range.event_first},
                     {"event_last", range.event_last}};
  if (range.watermark) json["watermark"] = *range.watermark;
  return json;
}

base::Result<RowRange> RangeFromJson(const base::Json& json) {
  const base::ObjectReader fields(json, "index.range");
  RowRange range{.watermark = {}};
  range.rows = TRY(fields.Count("rows"));
  range.first_id = TRY(serve::ParsePredictionId(TRY(fields.String("first_id"))));
  range.last_id = TRY(serve::ParsePredictionId(TRY(fields.String("last_id"))));
  range.answered_last = TRY(fields.Int("answered_last"));
  range.event_first = TRY(fields.Int("event_first"));
  range.event_last = TRY(fields.Int("event_last"));
  if (fields.Has("watermark")) range.watermark = TRY(fields.Int("watermark"));
  return range;
}

base::Error NotAnIndex(const std::filesystem::path& path) {
  return base::Corrupt(fmt::format("{} is not a whole index", path.string()), path.string());
}

base::Result<Frame> DecodeFrame(const std::filesystem::path& path, std::string_view head) {
  if (head.size() < kFrameBytes || !head.starts_with(kMagic)) return NotAnIndex(path);
  Frame frame;
  std::memcpy(&frame, head.data() + kMagic.size(), sizeof(frame));
  return frame;
}

/// Of the first HeaderBytes of a file of `file_bytes`.
base::Result<RowRange> DecodeRange(const std::filesystem::path& path, const Frame& frame, std::string_view head,
                                   uint64_t file_bytes) {
  const auto text = head.substr(kFrameBytes, frame.range_bytes);
  if (Crc32c(text) != frame.range_checksum) return NotAnIndex(path);
  const auto range = TRY(RangeFromJson(TRY(base::ParseJson(text, "an index"))));
  if (file_bytes != frame.EntriesOffset() + range.rows * sizeof(IdEntry)) return NotAnIndex(path);
  return range;
}

base::Result<std::shared_ptr<const LogSchema>> DecodeSchema(const std::filesystem::path& path, const Frame& frame,
                                                            std::string_view head, KnownSchemas& schemas) {
  const auto text = head.substr(kFrameBytes + frame.range_bytes, frame.schema_bytes);
  if (const auto known = schemas.find(text); known != schemas.end()) return known->second;
  if (Crc32c(text) != frame.schema_checksum) return NotAnIndex(path);
  auto schema =
      std::make_shared<const LogSchema>(TRY(LogSchema::FromJson(TRY(base::ParseJson(text, "the schema of an index")))));
  return schemas.emplace(text, std::move(schema)).first->second;
}

base::Result<uint64_t> SizeOf(int fd, const std::filesystem::path& path) {
  struct stat info{};
  if (fstat(fd, &info) != 0) return base::ErrnoError("cannot read", path.string());
  return static_cast<uint64_t>(info.st_size);
}

}  // namespace

base::Result<void> WriteIndex(const std::filesystem::path& path, const IndexHeader& header,
                              std::span<const IdEntry> entries) {
  const auto range = base::DumpJson(RangeToJson(header.range));
  const auto schema = base::DumpJson(header.schema->ToJson());
  const auto entry_bytes = BytesOf(entries);
  const Frame frame{.range_bytes = static_cast<uint32_t>(range.size()),
                    .schema_bytes = static_cast<uint32_t>(schema.size()),
                    .range_checksum = Crc32c(range),
                    .schema_checksum = Crc32c(schema),
                    .entries_checksum = Crc32c(entry_bytes)};
  std::string file(kMagic);
  file.append(reinterpret_cast<const char*>(&frame), sizeof(frame));
  file += range;
  file += schema;
  file.resize(frame.EntriesOffset());
  file += entry_bytes;
  return base::WriteFileAtomic(path, file);
}

base::Result<IndexHeader> ReadIndexHeader(const std::filesystem::path& path, KnownSchemas& schemas) {
  const auto fd = TRY(base::OpenForRead(path));
  const uint64_t file_bytes = TRY(SizeOf(fd.get(), path));
  const auto first = TRY(ReadPrefix(fd.get(), std::min<uint64_t>(file_bytes, kFrameBytes), path.string()));
  const Frame frame = TRY(DecodeFrame(path, first));
  if (frame.HeaderBytes() > file_bytes) return NotAnIndex(path);
  const auto head = TRY(ReadPrefix(fd.get(), frame.HeaderBytes(), path.string()));
  IndexHeader made;
  made.schema = TRY(DecodeSchema(path, frame, head, schemas));
  made.range = TRY(DecodeRange(path, frame, head, file_bytes));
  return made;
}

base::Result<MappedIndex> MappedIndex::Open(const std::filesystem::path& path, bool verify) {
  const auto fd = TRY(base::OpenForRead(path));
  const uint64_t bytes = TRY(SizeOf(fd.get(), path));
  if (bytes < kFrameBytes) return NotAnIndex(path);
  void* map = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (map == MAP_FAILED) return base::ErrnoError("cannot map", path.string());
  MappedIndex index(map, bytes);
  const std::string_view file(static_cast<const char*>(map), bytes);
  const Frame frame = TRY(DecodeFrame(path, file));
  if (frame.HeaderBytes() > bytes) return NotAnIndex(path);
  const auto range = TRY(DecodeRange(path, frame, file, bytes));
  const auto entries = file.substr(frame.EntriesOffset());
  if (verify && Crc32c(entries) != frame.entries_checksum) return NotAnIndex(path);
  // The file holds the entries' own bytes, at a multiple of eight in a page-aligned map.
  index.entries_ = {reinterpret_cast<const IdEntry*>(entries.data()), range.rows};
  return index;
}

MappedIndex::~MappedIndex() {
  if (map_ != nullptr) munmap(map_, bytes_);
}

}  // namespace gyre::monitor::internal
