#pragma once

#include <optional>

#include "store/database.h"
#include "store/internal/sqlite.h"

namespace gyre::store::internal {

class SqliteReader final : public Reader {
 public:
  explicit SqliteReader(SqliteConnection& connection) : connection_(connection) {}
  base::Result<void> RunQuery(std::string_view sql, std::span<const Value> values, const OnRow& on_row) override {
    return connection_.Query(sql, values, on_row);
  }

 private:
  SqliteConnection& connection_;
};

class SqliteTransaction final : public Transaction {
 public:
  SqliteTransaction(SqliteConnection& connection, const base::Clock& clock, base::Entropy& entropy)
      : connection_(connection), clock_(clock), entropy_(entropy) {}

  base::Result<void> RunQuery(std::string_view sql, std::span<const Value> values, const OnRow& on_row) override {
    return connection_.Query(sql, values, on_row);
  }
  base::Result<int64_t> RunExecute(std::string_view sql, std::span<const Value> values) override {
    return connection_.Execute(sql, values);
  }
  /// Several statements without parameters: what a migration is.
  base::Result<void> Script(std::string_view sql) { return connection_.Script(sql); }
  base::Result<void> Audit(const AuditEntry& entry) override;
  base::Timestamp Now() const override { return clock_.Now(); }
  std::string NewId() override { return base::NewHexId(entropy_); }

 private:
  SqliteConnection& connection_;
  const base::Clock& clock_;
  base::Entropy& entropy_;
};

/// The tables the store itself needs: applied migrations and the audit chain.
inline constexpr std::string_view kStoreSchema = R"sql(
CREATE TABLE IF NOT EXISTS schema_migrations(
  module TEXT NOT NULL, version BIGINT NOT NULL, applied_at BIGINT NOT NULL, PRIMARY KEY(module, version));
CREATE TABLE IF NOT EXISTS audit_log(
  sequence BIGINT PRIMARY KEY, time BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
  object_type TEXT NOT NULL, object_id TEXT NOT NULL, details_digest BLOB NOT NULL, previous BLOB NOT NULL,
  hash BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS audit_details(
  sequence BIGINT PRIMARY KEY, salt BLOB, details TEXT);
CREATE INDEX IF NOT EXISTS audit_log_object ON audit_log(object_type, object_id);
)sql";

}  // namespace gyre::store::internal
