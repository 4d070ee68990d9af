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
// Magic, length and checksum of the JSON, checksum of the entries, and room that keeps the entries aligned.
constexpr size_t kFrameBytes = 24;

struct Frame {
  uint32_t json_bytes = 0;
  uint32_t json_checksum = 0;
  uint32_t entries_checksum = 0;
  uint32_t reserved = 0;
};

size_t EntriesOffset(size_t json_bytes) {
  return (kFrameBytes + json_bytes + 7) / 8 * 8;
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
  RowRange range{.rows = TRY(fields.Count("rows")),
                 .first_id = TRY(serve::ParsePredictionId(TRY(fields.String("first_id")))),
                 .last_id = TRY(serve::ParsePredictionId(TRY(fields.String("last_id")))),
                 .answered_last = TRY(fields.Int("answered_last")),
                 .event_first = TRY(fields.Int("event_first")),
                 .event_last = TRY(fields.Int("event_last")),
                 .watermark = {}};
  if (fields.Has("watermark")) range.watermark = TRY(fields.Int("watermark"));
  return range;
}

base::Error NotAnIndex(const std::filesystem::path& path) {
  return base::Corrupt(fmt::format("{} is not a whole index", path.string()), path.string());
}

/// Reads frame and JSON off the beginning of a file of `file_bytes`.
base::Result<IndexHeader> DecodeHeader(const std::filesystem::path& path, std::string_view head, uint64_t file_bytes,
                                       Frame& frame) {
  if (head.size() < kFrameBytes || !head.starts_with(kMagic)) return NotAnIndex(path);
  std::memcpy(&frame, head.data() + kMagic.size(), sizeof(frame));
  const auto json = head.substr(kFrameBytes, frame.json_bytes);
  if (json.size() != frame.json_bytes || Crc32c(json) != frame.json_checksum) return NotAnIndex(path);
  const auto parsed = TRY(base::ParseJson(json, "an index header"));
  const base::ObjectReader fields(parsed, "index");
  IndexHeader header{.schema = TRY(LogSchema::FromJson(*TRY(fields.Object("schema")))),
                     .range = TRY(RangeFromJson(*TRY(fields.Object("range"))))};
  if (file_bytes != EntriesOffset(frame.json_bytes) + header.range.rows * sizeof(IdEntry)) return NotAnIndex(path);
  return header;
}

base::Result<uint64_t> SizeOf(int fd, const std::filesystem::path& path) {
  struct stat info{};
  if (fstat(fd, &info) != 0) return base::ErrnoError("cannot read", path.string());
  return static_cast<uint64_t>(info.st_size);
}

}  // namespace

base::Result<void> WriteIndex(const std::filesystem::path& path, const IndexHeader& header,
                              std::span<const IdEntry> entries) {
  const auto json = base::DumpJson({{"schema", header.schema.ToJson()}, {"range", RangeToJson(header.range)}});
  const auto entry_bytes = BytesOf(entries);
  const Frame frame{.json_bytes = static_cast<uint32_t>(json.size()),
                    .json_checksum = Crc32c(json),
                    .entries_checksum = Crc32c(entry_bytes)};
  std::string file(kMagic);
  file.append(reinterpret_cast<const char*>(&frame), sizeof(frame));
  file += json;
  file.resize(EntriesOffset(json.size()));
  file += entry_bytes;
  return base::WriteFileAtomic(path, file);
}

base::Result<IndexHeader> ReadIndexHeader(const std::filesystem::path& path) {
  const auto fd = TRY(base::OpenForRead(path));
  const uint64_t file_bytes = TRY(SizeOf(fd.get(), path));
  if (file_bytes < kFrameBytes) return NotAnIndex(path);
  Frame frame;
  auto head = TRY(ReadPrefix(fd.get(), kFrameBytes, path.string()));
  std::memcpy(&frame, head.data() + kMagic.size(), sizeof(frame));
  if (frame.json_bytes > file_bytes - kFrameBytes) return NotAnIndex(path);
  head = TRY(ReadPrefix(fd.get(), kFrameBytes + frame.json_bytes, path.string()));
  return DecodeHeader(path, head, file_bytes, frame);
}

base::Result<MappedIndex> MappedIndex::Open(const std::filesystem::path& path, bool verify) {
  const auto fd = TRY(base::OpenForRead(path));
  const uint64_t bytes = TRY(SizeOf(fd.get(), path));
  if (bytes < kFrameBytes) return NotAnIndex(path);
  void* map = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (map == MAP_FAILED) return base::ErrnoError("cannot map", path.string());
  MappedIndex index(map, bytes);
  const std::string_view file(static_cast<const char*>(map), bytes);
  Frame frame;
  const auto header = TRY(DecodeHeader(path, file, bytes, frame));
  const auto entries = file.substr(EntriesOffset(frame.json_bytes));
  if (verify && Crc32c(entries) != frame.entries_checksum) return NotAnIndex(path);
  // The file holds the entries' own bytes, at a multiple of eight in a page-aligned map.
  index.entries_ = {reinterpret_cast<const IdEntry*>(entries.data()), header.range.rows};
  return index;
}

MappedIndex::~MappedIndex() {
  if (map_ != nullptr) munmap(map_, bytes_);
}

}  // namespace gyre::monitor::internal
