#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "monitor/log_schema.h"

namespace gyre::monitor::internal {

// The append-only files that logged rows lie in until they become Parquet (docs/formats/inference.md): a header with
// the schema, then blocks of rows, each with its length and checksum before it, so that a torn end shows.

std::string EncodeSegmentHeader(const LogSchema& schema);

struct SegmentHeader {
  LogSchema schema;
  uint64_t bytes = 0;  ///< where the first block begins
};
/// Of the first bytes of a file; kCorrupt if they are not a whole header.
base::Result<SegmentHeader> DecodeSegmentHeader(std::string_view file);

/// A block is this many bytes of frame, filled in by `FrameBlock`, then the rows.
inline constexpr size_t kBlockFrameBytes = 16;
/// `block` begins with room for the frame.
void FrameBlock(std::string& block, uint32_t rows);

/// Calls `on_rows` with the encoded rows of each whole block from `offset` on; returns where the last whole block ends,
/// which is before the end of the file if that is torn. Errors are those of `on_rows`.
using OnRows = std::function<base::Result<void>(std::string_view rows)>;
base::Result<uint64_t> ScanBlocks(std::string_view file, uint64_t offset, const OnRows& on_rows);

/// The first `bytes` of an open file.
base::Result<std::string> ReadPrefix(int fd, uint64_t bytes, const std::string& name);
base::Result<void> WriteAt(int fd, uint64_t offset, std::string_view bytes, const std::string& name);

}  // namespace gyre::monitor::internal
