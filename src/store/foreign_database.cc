#include "store/foreign_database.h"

#include "store/internal/sqlite.h"

namespace gyre::store {
namespace {

using internal::SqliteConnection;

class SqliteFile final : public ForeignDatabase {
 public:
  explicit SqliteFile(std::unique_ptr<SqliteConnection> connection) : connection_(std::move(connection)) {}

  base::Result<void> RunQuery(std::string_view sql, std::span<const Value> values, const OnRow& on_row) override {
    return connection_->Query(sql, values, on_row);
  }

  base::Result<std::vector<std::string>> Columns(std::string_view table) override {
    std::vector<std::string> columns;
    TRY(Query(
        "SELECT c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name = ?1",
        [&](const Row& row) -> base::Result<void> {
          columns.push_back(row.String(0));
          return base::Ok();
        },
        table));
    return columns;
  }

 private:
  std::unique_ptr<SqliteConnection> connection_;
};

}  // namespace

base::Result<std::unique_ptr<ForeignDatabase>> ForeignDatabase::Open(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return base::NotFound(fmt::format("there is no file {}", path.string()), path.string());
  }
  auto file = std::make_unique<SqliteFile>(TRY(SqliteConnection::Open(path, SqliteConnection::Mode::kForeign)));
  // SQLite opens anything; only the first read shows what it is.
  TRY(file->Query("SELECT COUNT(*) FROM sqlite_master", [](const Row&) { return base::Ok(); }));
  return file;
}

}  // namespace gyre::store
