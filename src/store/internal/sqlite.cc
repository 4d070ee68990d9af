#include "store/internal/sqlite.h"

#include <sqlite3.h>

namespace gyre::store::internal {
namespace {

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}

  bool IsNull(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  int64_t Int(int column) const override { return sqlite3_column_int64(statement_, column); }
  double Real(int column) const override { return sqlite3_column_double(statement_, column); }
  std::string_view Text(int column) const override {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return text == nullptr ? std::string_view() : std::string_view(text, Size(column));
  }
  std::string_view Bytes(int column) const override {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return bytes == nullptr ? std::string_view() : std::string_view(bytes, Size(column));
  }

 private:
  size_t Size(int column) const { return static_cast<size_t>(sqlite3_column_bytes(statement_, column)); }
  sqlite3_stmt* statement_;
};

/// Leaves the statement ready for its next use however the caller gets out.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(sqlite3_stmt* statement) : statement_(statement) {}
  ~ResetAtEnd() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;

 private:
  sqlite3_stmt* statement_;
};

int BindOne(sqlite3_stmt* statement, int index, const Value& value) {
  struct Binder {
    sqlite3_stmt* statement;
    int index;
    int operator()(std::nullptr_t) const { return sqlite3_bind_null(statement, index); }
    int operator()(int64_t v) const { return sqlite3_bind_int64(statement, index, v); }
    int operator()(double v) const { return sqlite3_bind_double(statement, index, v); }
    int operator()(std::string_view v) const {
      return sqlite3_bind_text64(statement, index, v.data() == nullptr ? "" : v.data(), v.size(), SQLITE_STATIC,
                                 SQLITE_UTF8);
    }
    int operator()(BlobView v) const {
      return sqlite3_bind_blob64(statement, index, v.bytes.data() == nullptr ? "" : v.bytes.data(), v.bytes.size(),
                                 SQLITE_STATIC);
    }
  };
  return std::visit(Binder{statement, index}, value);
}

}  // namespace

void SqliteConnection::CloseConnection::operator()(sqlite3* handle) const {
  sqlite3_close_v2(handle);
}
void SqliteConnection::FinalizeStatement::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}
SqliteConnection::~SqliteConnection() = default;

base::Result<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::filesystem::path& path, Mode mode) {
  const int flags = (mode == Mode::kReadWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle));
  if (mode == Mode::kForeign) connection->what_ = path.string();
  if (code != SQLITE_OK) return connection->Failure("opening").Within(path.string());
  if (mode == Mode::kForeign) TRY(connection->Distrust());
  TRY(connection->Script(
      "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-4096; PRAGMA busy_timeout=5000;"
      "PRAGMA case_sensitive_like=ON;"));  // as in PostgreSQL
  return connection;
}

/// What a made-up file could bring: code in its schema, rows without end in size, pages that contradict each other.
base::Result<void> SqliteConnection::Distrust() {
  constexpr int kLongestValue = 64 << 20;
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_limit(handle_.get(), SQLITE_LIMIT_LENGTH, kLongestValue);
  return Script("PRAGMA cell_size_check=ON;");
}

base::Error SqliteConnection::Failure(std::string_view sql) const {
  const int code = handle_ ? sqlite3_extended_errcode(handle_.get()) : SQLITE_NOMEM;
  const std::string reason = handle_ ? sqlite3_errmsg(handle_.get()) : "out of memory";
  const auto message = fmt::format("{}: {} (in: {})", what_, reason, sql.substr(0, 120));
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      return base::AlreadyExists(message);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return base::Corrupt(message);
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
      return base::Error(base::ErrorCode::kIo, message);
    default:
      return base::Internal(message);
  }
}

base::Result<sqlite3_stmt*> SqliteConnection::Prepare(std::string_view sql) {
  std::string key(sql);
  if (const auto found = statements_.find(key); found != statements_.end()) return found->second.get();
  // Searches make statements of ever new texts: past this much, those at rest are made anew when they are wanted again.
  constexpr size_t kKeptStatements = 500;
  constexpr size_t kKeptBytes = size_t{1} << 20;  // of text; what SQLite makes of it is larger
  if (statements_.size() >= kKeptStatements || kept_bytes_ + sql.size() > kKeptBytes) {
    std::erase_if(statements_, [this](const auto& kept) {
      if (sqlite3_stmt_busy(kept.second.get()) != 0) return false;
      kept_bytes_ -= kept.first.size();
      return true;
    });
  }
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &prepared,
                         nullptr) != SQLITE_OK) {
    return Failure(sql);
  }
  kept_bytes_ += key.size();
  statements_.emplace(std::move(key), Statement(prepared));
  return prepared;
}

base::Result<void> SqliteConnection::Bind(sqlite3_stmt* statement, std::span<const Value> values) {
  if (sqlite3_bind_parameter_count(statement) != static_cast<int>(values.size())) {
    return base::Internal(fmt::format("{} values were given for the {} parameters of: {}", values.size(),
                                      sqlite3_bind_parameter_count(statement), sqlite3_sql(statement)));
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (BindOne(statement, static_cast<int>(i) + 1, values[i]) != SQLITE_OK) return Failure(sqlite3_sql(statement));
  }
  return base::Ok();
}

base::Result<void> SqliteConnection::Query(std::string_view sql, std::span<const Value> values, const OnRow& on_row) {
  sqlite3_stmt* statement = TRY(Prepare(sql));
  const ResetAtEnd reset(statement);
  TRY(Bind(statement, values));
  const SqliteRow row(statement);
  while (true) {
    const int step = sqlite3_step(statement);
    if (step == SQLITE_DONE) return base::Ok();
    if (step != SQLITE_ROW) return Failure(sql);
    TRY(on_row(row));
  }
}

base::Result<int64_t> SqliteConnection::Execute(std::string_view sql, std::span<const Value> values) {
  TRY(Query(sql, values, [](const Row&) { return base::Ok(); }));
  return int64_t{sqlite3_changes64(handle_.get())};
}

base::Result<void> SqliteConnection::Script(std::string_view sql) {
  if (sqlite3_exec(handle_.get(), std::string(sql).c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return Failure(sql);
  return base::Ok();
}

bool SqliteConnection::InTransaction() const {
  return sqlite3_get_autocommit(handle_.get()) == 0;
}

}  // namespace gyre::store::internal
