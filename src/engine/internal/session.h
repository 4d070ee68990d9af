#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/cancel.h"
#include "base/result.h"
#include "engine/internal/duckdb_api.h"
#include "engine/value.h"

namespace gyre::engine::internal {

/// An open database; closed when the last session is gone.
struct Instance {
  explicit Instance(const DuckDbApi& loaded) : api(loaded) {}
  ~Instance() {
    if (database != nullptr) api.close(&database);
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  DuckDbApi api;
  duckdb_database database = nullptr;
};

struct Session {
  explicit Session(std::shared_ptr<Instance> from) : instance(std::move(from)), api(instance->api) {}
  ~Session() {
    if (connection != nullptr) api.disconnect(&connection);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  std::shared_ptr<Instance> instance;
  const DuckDbApi& api;
  duckdb_connection connection = nullptr;
};

/// Owns a running or finished result.
class QueryResult {
 public:
  explicit QueryResult(const DuckDbApi& api) : api_(&api) {}
  QueryResult(QueryResult&& other) noexcept
      : api_(other.api_), result_(std::exchange(other.result_, duckdb_result{})) {}
  QueryResult& operator=(QueryResult&&) = delete;
  ~QueryResult() { api_->destroy_result(&result_); }

  duckdb_result* get() { return &result_; }

 private:
  const DuckDbApi* api_;
  duckdb_result result_{};
};

/// Runs one statement up to its first rows, one task at a time on this thread, looking at `cancel` in between.
base::Result<QueryResult> StartQuery(Session& session, std::string_view sql, std::span<const Value> parameters,
                                     const base::Cancellation& cancel);

/// DuckDB's message ("Binder Error: ...") as an error whose code says whether the SQL, the data or the machine is at
/// fault; the excerpt of the SQL it ends with is left out.
base::Error EngineError(const char* message);

}  // namespace gyre::engine::internal
