#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "monitor/internal/id_run.h"
#include "monitor/log_schema.h"

namespace gyre::monitor::internal {

/// An append-only file of rows that are not in Parquet yet. The file may be unlinked while someone still reads it.
struct Segment {
  std::string endpoint;
  std::string stem;
  std::filesystem::path path;
  std::shared_ptr<const LogSchema> schema;
  uint64_t first_block = 0;  ///< offset of the first block
  base::UniqueFd fd;
};

/// A Parquet file and its index. Immutable but for `verified`.
struct SealedFile {
  std::filesystem::path parquet;
  std::filesystem::path index;
  std::shared_ptr<const LogSchema> schema;
  RowRange range;
  mutable std::atomic<bool> verified{false};  ///< the index's checksum has been checked by this process
};

/// What of a segment is written and whole.
struct SegmentContent {
  uint64_t bytes = 0;
  RowRange range;
  std::vector<IdRun> runs;
};

/// The rows of one endpoint at one moment: every logged row is in exactly one of these.
struct LogSnapshot {
  struct Tail {
    std::shared_ptr<const Segment> segment;
    SegmentContent content;
  };
  std::vector<std::shared_ptr<const SealedFile>> files;  ///< oldest first
  std::vector<Tail> tails;
};

/// Which files the log consists of. Thread-safe.
class Catalogue {
 public:
  void AddFile(const std::string& endpoint, std::shared_ptr<const SealedFile> file);
  /// A segment that was written before this process began, or an empty one that is about to be.
  void AddSegment(std::shared_ptr<const Segment> segment, SegmentContent content);
  void Grow(const Segment& segment, SegmentContent content);
  /// No more rows will come: it may be sealed.
  void Close(const Segment& segment);
  /// The segment's rows are in `file` now; null if it had none.
  void Replace(const Segment& segment, std::shared_ptr<const SealedFile> file);

  /// Takes out what is closed or sealed, and the watermark with it.
  LogSnapshot Remove(std::string_view endpoint);

  LogSnapshot Snapshot(std::string_view endpoint) const;
  /// Closed ones, oldest first; of every endpoint if the name is empty.
  std::vector<LogSnapshot::Tail> Closed(std::string_view endpoint) const;
  std::optional<int64_t> Watermark(std::string_view endpoint) const;
  std::vector<std::string> Endpoints() const;

 private:
  struct OpenOrClosed {
    std::shared_ptr<const Segment> segment;
    SegmentContent content;
    bool closed = false;
  };
  struct EndpointRows {
    std::map<std::string, std::shared_ptr<const SealedFile>> files;  ///< by stem, which sorts by time
    std::map<std::string, OpenOrClosed> segments;                    ///< by stem
    std::optional<int64_t> watermark;
  };

  mutable std::mutex mutex_;
  std::map<std::string, EndpointRows, std::less<>> endpoints_;  ///< guarded by mutex_
};

}  // namespace gyre::monitor::internal
