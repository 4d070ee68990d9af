#include "engine/appender.h"

#include "engine/internal/session.h"
#include "engine/internal/vector_io.h"

namespace gyre::engine {
namespace {

duckdb_type StoredType(DataType type) {
  switch (type) {
    case DataType::kBoolean:
      return DUCKDB_TYPE_BOOLEAN;
    case DataType::kInteger:
      return DUCKDB_TYPE_BIGINT;
    case DataType::kNumber:
      return DUCKDB_TYPE_DOUBLE;
    case DataType::kText:
      return DUCKDB_TYPE_VARCHAR;
    case DataType::kTimestamp:
      return DUCKDB_TYPE_TIMESTAMP;
  }
  return DUCKDB_TYPE_INVALID;
}

}  // namespace

struct Appender::State {
  explicit State(const internal::DuckDbApi& bound) : api(bound) {}
  ~State() {
    if (chunk != nullptr) api.destroy_data_chunk(&chunk);
    if (appender != nullptr) api.appender_destroy(&appender);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// One reusable chunk with a vector per column.
  void MakeChunk(const Table& rows) {
    std::vector<duckdb_logical_type> types;
    for (const auto& column : rows.columns) types.push_back(api.create_logical_type(StoredType(column.type)));
    chunk = api.create_data_chunk(types.data(), types.size());
    for (auto& type : types) api.destroy_logical_type(&type);
  }

  const internal::DuckDbApi& api;
  duckdb_appender appender = nullptr;
  duckdb_data_chunk chunk = nullptr;
};

Appender::Appender(std::unique_ptr<State> state) : state_(std::move(state)) {}
Appender::Appender(Appender&& other) noexcept = default;
Appender::~Appender() = default;

base::Result<Appender> Appender::Open(Connection& connection, std::string_view table) {
  auto& session = *connection.session_;
  auto state = std::make_unique<State>(session.api);
  if (session.api.appender_create(session.connection, nullptr, std::string(table).c_str(), &state->appender) ==
      DuckDBError) {
    return internal::EngineError(session.api.appender_error(state->appender));
  }
  return Appender(std::move(state));
}

base::Result<void> Appender::Append(const Table& rows) {
  TRY(rows.Check());
  const auto& api = state_->api;
  const idx_t wanted = api.appender_column_count(state_->appender);
  if (wanted != rows.columns.size()) {
    return base::InvalidArgument(
        fmt::format("the table has {} columns, the rows to append have {}", wanted, rows.columns.size()));
  }
  if (state_->chunk == nullptr) state_->MakeChunk(rows);
  const size_t step = api.vector_size();
  for (size_t first = 0; first < rows.rows(); first += step) {
    const size_t count = std::min(step, rows.rows() - first);
    api.data_chunk_reset(state_->chunk);
    for (size_t i = 0; i < rows.columns.size(); ++i) {
      internal::WriteVector(api, rows.columns[i], first, count, api.data_chunk_get_vector(state_->chunk, i));
    }
    api.data_chunk_set_size(state_->chunk, count);
    if (api.append_data_chunk(state_->appender, state_->chunk) == DuckDBError) {
      return internal::EngineError(api.appender_error(state_->appender));
    }
  }
  return base::Ok();
}

base::Result<void> Appender::Close() {
  if (state_->api.appender_close(state_->appender) == DuckDBError) {
    return internal::EngineError(state_->api.appender_error(state_->appender));
  }
  return base::Ok();
}

}  // namespace gyre::engine
