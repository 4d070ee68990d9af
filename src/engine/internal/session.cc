#include "engine/internal/session.h"

namespace gyre::engine::internal {
namespace {

using base::ErrorCode;

/// How DuckDB calls its errors, before " Error: ".
ErrorCode CodeOf(std::string_view kind) {
  static constexpr std::array kBadSql = {"Parser",
                                         "Syntax",
                                         "Binder",
                                         "Catalog",
                                         "Not implemented",
                                         "Invalid Input",
                                         "Parameter Not Resolved",
                                         "Parameter Not Allowed",
                                         "Invalid Configuration"};
  static constexpr std::array kBadMachine = {"INTERNAL", "FATAL", "TransactionContext", "Serialization"};
  if (std::ranges::find(kBadSql, kind) != kBadSql.end()) return ErrorCode::kInvalidArgument;
  if (std::ranges::find(kBadMachine, kind) != kBadMachine.end()) return ErrorCode::kInternal;
  if (kind == "Permission") return ErrorCode::kPermissionDenied;
  if (kind == "Out of Memory") return ErrorCode::kResourceExhausted;
  if (kind == "INTERRUPT") return ErrorCode::kCancelled;
  if (kind == "IO") return ErrorCode::kIo;
  return ErrorCode::kUnprocessable;
}

base::Result<void> Bind(const DuckDbApi& api, duckdb_prepared_statement statement, std::span<const Value> parameters) {
  const idx_t wanted = api.nparams(statement);
  if (wanted != parameters.size()) {
    return base::InvalidArgument(
        fmt::format("the statement takes {} parameters, {} were given", wanted, parameters.size()));
  }
  for (idx_t i = 0; i < wanted; ++i) {
    const auto bind = [&](const auto& value) -> duckdb_state {
      using T = std::decay_t<decltype(value)>;
      if constexpr (std::is_same_v<T, std::nullptr_t>) return api.bind_null(statement, i + 1);
      if constexpr (std::is_same_v<T, bool>) return api.bind_boolean(statement, i + 1, value);
      if constexpr (std::is_same_v<T, int64_t>) return api.bind_int64(statement, i + 1, value);
      if constexpr (std::is_same_v<T, double>) return api.bind_double(statement, i + 1, value);
      if constexpr (std::is_same_v<T, std::string>) {
        return api.bind_varchar_length(statement, i + 1, value.data(), value.size());
      }
      if constexpr (std::is_same_v<T, base::Timestamp>) {
        return api.bind_timestamp(statement, i + 1, duckdb_timestamp{base::ToMicros(value)});
      }
    };
    if (std::visit(bind, parameters[i]) == DuckDBError) {
      return base::InvalidArgument(fmt::format("parameter {} cannot be bound to the statement", i + 1));
    }
  }
  return base::Ok();
}

base::Result<void> RunTasks(Session& session, duckdb_pending_result pending, const base::Cancellation& cancel) {
  while (true) {
    const auto state = session.api.pending_execute_task(pending);
    if (state == DUCKDB_PENDING_RESULT_READY) return base::Ok();
    if (state == DUCKDB_PENDING_ERROR) return EngineError(session.api.pending_error(pending));
    if (const auto go_on = cancel.Check(); !go_on) {
      session.api.interrupt(session.connection);
      return go_on.error();
    }
    // The rest is with DuckDB's own threads, of which an engine of one thread has none.
    if (state == DUCKDB_PENDING_NO_TASKS_AVAILABLE) std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
}

}  // namespace

base::Error EngineError(const char* message) {
  std::string_view text = message != nullptr ? message : "DuckDB gave no reason";
  ErrorCode code = ErrorCode::kUnprocessable;
  constexpr std::string_view kMark = " Error: ";
  if (const auto mark = text.find(kMark); mark != std::string_view::npos && mark < 40) {
    code = CodeOf(text.substr(0, mark));
    text.remove_prefix(mark + kMark.size());
  }
  std::string shown(text.substr(0, text.find("\n\nLINE ")).substr(0, 1000));
  std::ranges::replace(shown, '\n', ' ');
  if (code == ErrorCode::kResourceExhausted) shown += "; give the engine more memory or a folder to spill to";
  return base::Error(code, std::move(shown));
}

base::Result<QueryResult> StartQuery(Session& session, std::string_view sql, std::span<const Value> parameters,
                                     const base::Cancellation& cancel) {
  const auto& api = session.api;
  TRY(cancel.Check());
  if (sql.find('\0') != std::string_view::npos) return base::InvalidArgument("SQL must not hold a zero byte");
  duckdb_prepared_statement statement = nullptr;
  const auto prepared = api.prepare(session.connection, std::string(sql).c_str(), &statement);
  const auto destroy = [&api](duckdb_prepared_statement held) { api.destroy_prepare(&held); };
  const std::unique_ptr<_duckdb_prepared_statement, decltype(destroy)> owner(statement, destroy);
  if (prepared == DuckDBError) return EngineError(api.prepare_error(statement));
  TRY(Bind(api, statement, parameters));

  duckdb_pending_result pending = nullptr;
  const auto started = api.pending_prepared_streaming(statement, &pending);
  const auto end = [&api](duckdb_pending_result held) { api.destroy_pending(&held); };
  const std::unique_ptr<_duckdb_pending_result, decltype(end)> pending_owner(pending, end);
  if (started == DuckDBError) return EngineError(api.pending_error(pending));
  TRY(RunTasks(session, pending, cancel));

  QueryResult result(api);
  if (api.execute_pending(pending, result.get()) == DuckDBError) return EngineError(api.result_error(result.get()));
  return result;
}

}  // namespace gyre::engine::internal
