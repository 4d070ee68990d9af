#include "monitor/internal/segment_file.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>

#include "base/json.h"
#include "monitor/internal/checksum.h"

namespace gyre::monitor::internal {
namespace {

constexpr std::string_view kMagic = "GYRESEG1";
constexpr uint32_t kBlockMagic = 0x4B4C4247;  // "GBLK"
constexpr size_t kHeaderFrameBytes = 16;

uint32_t ReadU32(std::string_view bytes, size_t offset) {
  uint32_t value = 0;
  std::memcpy(&value, bytes.data() + offset, sizeof(value));
  return value;
}

void PutU32(std::string& bytes, size_t offset, uint32_t value) {
  std::memcpy(bytes.data() + offset, &value, sizeof(value));
}

/// Of the frame's length and row count, and of the rows.
uint32_t BlockChecksum(std::string_view block) {
  const uint32_t of_frame = Crc32c(block.substr(4, 8));
  return Crc32c(block.substr(kBlockFrameBytes), of_frame);
}

}  // namespace

std::string EncodeSegmentHeader(const LogSchema& schema) {
  const auto json = base::DumpJson({{"schema", schema.ToJson()}});
  std::string header(kMagic);
  header.resize(kHeaderFrameBytes);
  PutU32(header, 8, static_cast<uint32_t>(json.size()));
  PutU32(header, 12, Crc32c(json));
  return header + json;
}

base::Result<SegmentHeader> DecodeSegmentHeader(std::string_view file) {
  if (file.size() < kHeaderFrameBytes || !file.starts_with(kMagic)) return base::Corrupt("this is not a log segment");
  const uint32_t size = ReadU32(file, 8);
  const auto json = file.substr(kHeaderFrameBytes, size);
  if (json.size() != size || Crc32c(json) != ReadU32(file, 12)) return base::Corrupt("the segment's header is torn");
  const auto parsed = TRY(base::ParseJson(json, "the segment's header"));
  const auto schema = parsed.find("schema");
  if (schema == parsed.end()) return base::Corrupt("the segment's header has no schema");
  return SegmentHeader{.schema = TRY(LogSchema::FromJson(*schema)), .bytes = kHeaderFrameBytes + size};
}

void FrameBlock(std::string& block, uint32_t rows) {
  PutU32(block, 0, kBlockMagic);
  PutU32(block, 4, static_cast<uint32_t>(block.size() - kBlockFrameBytes));
  PutU32(block, 8, rows);
  PutU32(block, 12, BlockChecksum(block));
}

base::Result<uint64_t> ScanBlocks(std::string_view file, uint64_t offset, const OnRows& on_rows) {
  while (file.size() - offset >= kBlockFrameBytes) {
    const auto rest = file.substr(offset);
    const uint64_t bytes = kBlockFrameBytes + uint64_t{ReadU32(rest, 4)};
    if (ReadU32(rest, 0) != kBlockMagic || bytes > rest.size()) break;
    const auto block = rest.substr(0, bytes);
    if (BlockChecksum(block) != ReadU32(rest, 12)) break;
    TRY(on_rows(block.substr(kBlockFrameBytes)));
    offset += bytes;
  }
  return offset;
}

base::Result<std::string> ReadPrefix(int fd, uint64_t bytes, const std::string& name) {
  std::string read(bytes, '\0');
  uint64_t done = 0;
  while (done < bytes) {
    const ssize_t got = pread(fd, read.data() + done, bytes - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::ErrnoError("cannot read", name);
    if (got == 0) return base::Corrupt(fmt::format("{} is shorter than it was", name), name);
    done += static_cast<uint64_t>(got);
  }
  return read;
}

base::Result<void> WriteAt(int fd, uint64_t offset, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t put = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return base::ErrnoError("cannot write", name);
    offset += static_cast<uint64_t>(put);
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return base::Ok();
}

}  // namespace gyre::monitor::internal
