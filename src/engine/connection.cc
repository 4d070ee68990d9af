#include "engine/connection.h"

#include "base/file.h"
#include "engine/internal/session.h"
#include "engine/internal/vector_io.h"
#include "engine/sql.h"

namespace gyre::engine {
namespace {

using internal::DuckDbApi;
using internal::QueryResult;

/// Calls `on_chunk` for each chunk of the result, in order.
base::Result<void> ForEachChunk(internal::Session& session, QueryResult& result, const base::Cancellation& cancel,
                                const std::function<base::Result<void>(duckdb_data_chunk, size_t rows)>& on_chunk) {
  const auto& api = session.api;
  const auto destroy = [&api](duckdb_data_chunk chunk) { api.destroy_data_chunk(&chunk); };
  while (true) {
    if (const auto go_on = cancel.Check(); !go_on) {
      api.interrupt(session.connection);
      return go_on.error();
    }
    const std::unique_ptr<_duckdb_data_chunk, decltype(destroy)> chunk(api.fetch_chunk(*result.get()), destroy);
    if (!chunk) break;
    const size_t rows = api.data_chunk_get_size(chunk.get());
    if (rows == 0) break;
    TRY(on_chunk(chunk.get(), rows));
  }
  if (const char* error = api.result_error(result.get()); error != nullptr && *error != '\0') {
    return internal::EngineError(error);
  }
  return base::Ok();
}

std::string Declare(const Column& column) {
  return fmt::format("{} {}", QuoteName(column.name), SqlTypeName(column.type));
}

}  // namespace

Connection::Connection(std::unique_ptr<internal::Session> session) : session_(std::move(session)) {}
Connection::Connection(Connection&& other) noexcept = default;
Connection& Connection::operator=(Connection&& other) noexcept = default;
Connection::~Connection() = default;

base::Result<void> Connection::Execute(std::string_view sql, std::span<const Value> parameters,
                                       const base::Cancellation& cancel) {
  auto result = TRY(internal::StartQuery(*session_, sql, parameters, cancel));
  return ForEachChunk(*session_, result, cancel, [](duckdb_data_chunk, size_t) { return base::Ok(); });
}

base::Result<std::vector<Column>> Connection::Stream(std::string_view sql, const OnBatch& on_batch,
                                                     std::span<const Value> parameters,
                                                     const base::Cancellation& cancel) {
  const auto& api = session_->api;
  auto result = TRY(internal::StartQuery(*session_, sql, parameters, cancel));
  Table batch;
  const auto readers = TRY(internal::MakeReaders(api, result.get(), batch.columns));
  TRY(ForEachChunk(*session_, result, cancel, [&](duckdb_data_chunk chunk, size_t rows) -> base::Result<void> {
    for (size_t i = 0; i < readers.size(); ++i) {
      batch.columns[i].Clear();
      TRY(internal::ReadVector(api, readers[i], api.data_chunk_get_vector(chunk, i), rows, batch.columns[i]));
    }
    return on_batch(batch);
  }));
  for (auto& column : batch.columns) column.Clear();
  return std::move(batch.columns);
}

base::Result<Table> Connection::Query(std::string_view sql, std::span<const Value> parameters,
                                      const base::Cancellation& cancel) {
  const auto& api = session_->api;
  auto result = TRY(internal::StartQuery(*session_, sql, parameters, cancel));
  Table table;
  const auto readers = TRY(internal::MakeReaders(api, result.get(), table.columns));
  TRY(ForEachChunk(*session_, result, cancel, [&](duckdb_data_chunk chunk, size_t rows) -> base::Result<void> {
    for (size_t i = 0; i < readers.size(); ++i) {
      TRY(internal::ReadVector(api, readers[i], api.data_chunk_get_vector(chunk, i), rows, table.columns[i]));
    }
    return base::Ok();
  }));
  return table;
}

base::Result<std::vector<ColumnInfo>> Connection::Describe(std::string_view select) {
  const auto described = TRY(Query(fmt::format("SELECT column_name, column_type FROM (DESCRIBE {}\n)", select)));
  std::vector<ColumnInfo> columns;
  for (size_t row = 0; row < described.rows(); ++row) {
    columns.push_back({described.columns[0].texts[row], described.columns[1].texts[row]});
  }
  return columns;
}

base::Result<void> Connection::CreateTable(std::string_view name, std::span<const Column> columns) {
  std::vector<std::string> declared;
  std::ranges::transform(columns, std::back_inserter(declared), Declare);
  return Execute(fmt::format("CREATE TABLE {} ({})", QuoteName(name), fmt::join(declared, ", ")));
}

base::Result<uint64_t> Connection::WriteParquet(std::string_view select, const std::filesystem::path& path,
                                                const base::Cancellation& cancel) {
  const auto place = std::filesystem::absolute(path).lexically_normal();
  const auto partial = place.string() + ".partial";
  const auto copy =
      fmt::format("COPY (SELECT * FROM ({}\n)) TO {} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)", select,
                  QuoteText(partial));
  const auto copied = Query(copy, {}, cancel);
  if (!copied) {
    std::error_code ignored;
    std::filesystem::remove(partial, ignored);
    return copied.error();
  }
  TRY(base::RenameDurably(partial, place));
  return static_cast<uint64_t>(copied->columns.at(0).integers.at(0));
}

}  // namespace gyre::engine
