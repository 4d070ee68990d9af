#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "store/database.h"

struct sqlite3;
struct sqlite3_stmt;

namespace gyre::store::internal {

/// One SQLite connection with its prepared statements. One thread at a time.
class SqliteConnection {
 public:
  /// kForeign reads a file that somebody else wrote and may have made up.
  enum class Mode { kReadWrite, kReadOnly, kForeign };
  static base::Result<std::unique_ptr<SqliteConnection>> Open(const std::filesystem::path& path, Mode mode);
  ~SqliteConnection();

  base::Result<void> Query(std::string_view sql, std::span<const Value> values, const OnRow& on_row);
  base::Result<int64_t> Execute(std::string_view sql, std::span<const Value> values);
  /// Several statements separated by semicolons, without parameters.
  base::Result<void> Script(std::string_view sql);
  bool InTransaction() const;

 private:
  struct CloseConnection {
    void operator()(sqlite3* handle) const;
  };
  struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

  explicit SqliteConnection(sqlite3* handle) : handle_(handle) {}
  base::Result<void> Distrust();
  base::Result<sqlite3_stmt*> Prepare(std::string_view sql);
  base::Result<void> Bind(sqlite3_stmt* statement, std::span<const Value> values);
  base::Error Failure(std::string_view sql) const;

  // The statements must be finalized before the connection closes: declared after it.
  std::unique_ptr<sqlite3, CloseConnection> handle_;
  std::string what_ = "metadata database";
  std::unordered_map<std::string, Statement> statements_;
  size_t kept_bytes_ = 0;  ///< of their texts
};

}  // namespace gyre::store::internal
