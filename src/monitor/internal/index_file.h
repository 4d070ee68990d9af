#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "base/result.h"
#include "monitor/internal/id_run.h"
#include "monitor/log_schema.h"

namespace gyre::monitor::internal {

// Beside each Parquet file lies an index of its rows (docs/formats/inference.md): what the file is about, and where in
// event time each prediction lies, so that neither opening the log nor taking a label reads Parquet.

struct IndexHeader {
  std::shared_ptr<const LogSchema> schema;
  RowRange range;
};

/// The schemas met so far by their text: thousands of files have a handful between them.
using KnownSchemas = std::map<std::string, std::shared_ptr<const LogSchema>, std::less<>>;

/// `entries` ascending by id. The file appears whole or not at all.
base::Result<void> WriteIndex(const std::filesystem::path& path, const IndexHeader& header,
                              std::span<const IdEntry> entries);

/// kCorrupt if the file is not a whole index.
base::Result<IndexHeader> ReadIndexHeader(const std::filesystem::path& path, KnownSchemas& schemas);

/// An index file mapped into memory.
class MappedIndex {
 public:
  /// `verify`: checks the checksum of the entries too.
  static base::Result<MappedIndex> Open(const std::filesystem::path& path, bool verify);
  MappedIndex(MappedIndex&& other) noexcept
      : map_(std::exchange(other.map_, nullptr)), bytes_(other.bytes_), entries_(other.entries_) {}
  MappedIndex& operator=(MappedIndex&&) = delete;
  ~MappedIndex();

  std::span<const IdEntry> entries() const { return entries_; }

 private:
  MappedIndex(void* map, size_t bytes) : map_(map), bytes_(bytes) {}
  void* map_;
  size_t bytes_;
  std::span<const IdEntry> entries_;
};

}  // namespace gyre::monitor::internal
