#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "engine/table.h"
#include "engine/value.h"

namespace gyre::engine {

namespace internal {
struct Session;
}

/// A session of one engine. Tables and views made here are seen by the engine's other connections. One thread at a
/// time.
///
/// Statements take parameters $1, $2, ... or ?. Errors: kInvalidArgument for SQL that cannot run (syntax, unknown
/// columns), kUnprocessable for values that break it half-way (a cast, an overflow), kPermissionDenied for a file that
/// is not the engine's, kResourceExhausted for memory, kCancelled and kDeadlineExceeded for `cancel`.
class Connection {
 public:
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&& other) noexcept;
  ~Connection();

  /// One statement whose rows are not wanted.
  base::Result<void> Execute(std::string_view sql, std::span<const Value> parameters = {},
                             const base::Cancellation& cancel = {});

  /// All rows at once.
  base::Result<Table> Query(std::string_view sql, std::span<const Value> parameters = {},
                            const base::Cancellation& cancel = {});

  /// Rows in batches of about 2,000 as they are made, so that memory does not grow with the result. The batch lives
  /// until `on_batch` returns; its first error ends the query. Returns the columns, which also an empty result has.
  using OnBatch = std::function<base::Result<void>(const Table& batch)>;
  base::Result<std::vector<Column>> Stream(std::string_view sql, const OnBatch& on_batch,
                                           std::span<const Value> parameters = {},
                                           const base::Cancellation& cancel = {});

  /// The columns a SELECT would return, without running it.
  base::Result<std::vector<ColumnInfo>> Describe(std::string_view select);

  /// An empty table to append to. `columns` give names and types; values in them are ignored.
  base::Result<void> CreateTable(std::string_view name, std::span<const Column> columns);

  /// Writes the rows of a SELECT as one Parquet file (zstd, row groups of 122,880 rows, in the query's order); the file
  /// appears whole or not at all. On an engine of one thread the same rows give the same bytes. Returns the row count.
  base::Result<uint64_t> WriteParquet(std::string_view select, const std::filesystem::path& path,
                                      const base::Cancellation& cancel = {});

 private:
  friend class Engine;
  friend class Appender;
  explicit Connection(std::unique_ptr<internal::Session> session);
  std::unique_ptr<internal::Session> session_;
};

}  // namespace gyre::engine
