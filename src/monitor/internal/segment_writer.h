#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "monitor/internal/catalogue.h"
#include "monitor/internal/log_paths.h"
#include "monitor/internal/stream_table.h"

namespace gyre::monitor::internal {

/// Gathers encoded rows of one stream and arrival day and appends them, block by block, to a segment of their own. One
/// thread.
class SegmentWriter {
 public:
  struct Deps {
    const LogPaths& paths;
    Catalogue& catalogue;
    const base::Clock& clock;
    base::Entropy& entropy;
  };
  SegmentWriter(const Deps& deps, const Stream& stream, std::string day);
  ~SegmentWriter();
  SegmentWriter(const SegmentWriter&) = delete;
  SegmentWriter& operator=(const SegmentWriter&) = delete;

  const Stream& stream() const { return stream_; }

  void Add(std::string_view row);
  size_t pending_bytes() const { return block_.size(); }
  uint32_t pending_rows() const { return pending_.rows; }

  /// Appends what was added as one block and makes it visible in the catalogue. After an error the rows are gone, the
  /// segment is whole, and the next rows are tried afresh.
  base::Result<void> Write();

  uint64_t bytes() const { return content_.bytes; }
  std::chrono::steady_clock::time_point opened() const { return opened_; }

  /// What was written may be sealed; writing again begins another segment.
  void Close();

 private:
  struct Pending {
    uint32_t rows = 0;
    RowRange range;
    std::vector<IdEntry> entries;
  };
  base::Result<void> OpenSegment();
  base::Result<void> Append();

  const Deps deps_;
  const Stream& stream_;
  const std::string day_;
  std::string block_;  ///< room for the frame, then the rows
  Pending pending_;
  std::shared_ptr<const Segment> segment_;
  SegmentContent content_;
  std::chrono::steady_clock::time_point opened_;
};

}  // namespace gyre::monitor::internal
