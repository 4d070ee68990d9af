#include "data/internal/canonical.h"

#include "base/file.h"
#include "base/text.h"
#include "data/internal/measure.h"
#include "engine/sql.h"

namespace gyre::data::internal {
namespace {

bool IsOneOf(std::string_view type, std::initializer_list<std::string_view> types) {
  return std::ranges::find(types, type) != types.end();
}

/// The expression that turns a column of any SQL type into one of ours; nothing if it cannot be.
std::optional<std::string> CanonicalExpression(const engine::ColumnInfo& column) {
  auto name = engine::QuoteName(column.name);
  const std::string_view type = column.sql_type;
  if (IsOneOf(type, {"BOOLEAN", "BIGINT", "VARCHAR", "TIMESTAMP"})) return name;
  if (IsOneOf(type, {"TINYINT", "SMALLINT", "INTEGER", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
                     "UHUGEINT"})) {
    return fmt::format("CAST({0} AS BIGINT) AS {0}", name);
  }
  if (IsOneOf(type, {"FLOAT", "DOUBLE"})) {
    return fmt::format("CAST(CASE WHEN NOT isnan({0}) THEN {0} END AS DOUBLE) AS {0}", name);
  }
  if (type.starts_with("DECIMAL")) return fmt::format("CAST({0} AS DOUBLE) AS {0}", name);
  if (type.starts_with("ENUM") || IsOneOf(type, {"UUID", "\"NULL\""})) {
    return fmt::format("CAST({0} AS VARCHAR) AS {0}", name);
  }
  if (IsOneOf(type, {"DATE", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"})) {
    return fmt::format("CAST({0} AS TIMESTAMP) AS {0}", name);
  }
  return std::nullopt;
}

base::Result<std::string> CanonicalColumns(const std::vector<engine::ColumnInfo>& columns) {
  std::vector<std::string> names;
  std::vector<std::string> expressions;
  for (const auto& column : columns) {
    names.push_back(column.name);
    const auto expression = CanonicalExpression(column);
    if (!expression) {
      return base::Unprocessable(
          fmt::format("column '{}' is of type {}, which a dataset cannot hold; select its parts or cast it to VARCHAR",
                      column.name, column.sql_type.substr(0, 80)),
          column.name);
    }
    expressions.push_back(*expression);
  }
  TRY(CheckColumnNames(names));
  return base::Join(expressions, ", ");
}

}  // namespace

base::Result<FileFacts> DescribeFile(const std::filesystem::path& path) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  if (error) return base::NotFound(fmt::format("cannot read {}: {}", path.string(), error.message()), path.string());
  FileFacts made{.name = path.filename().string(), .bytes = bytes};
  made.sha256 = TRY(base::HashFile(path));
  return made;
}

base::Result<TableFacts> WriteCanonical(engine::Connection& connection, std::string_view select,
                                        const std::filesystem::path& output, const base::Cancellation& cancel) {
  const auto columns = TRY(CanonicalColumns(TRY(connection.Describe(select))));
  const auto written =
      TRY(connection.WriteParquet(fmt::format("SELECT {} FROM ({}\n)", columns, select), output, cancel));
  const auto finish = [&]() -> base::Result<TableFacts> {
    if (written == 0) return base::Unprocessable("there are no rows");
    auto measured = TRY(Measure(connection, output, cancel));
    TableFacts made{.schema = std::move(measured.schema),
                    .rows = measured.rows,
                    .content = measured.content,
                    .profile = std::move(measured.profile)};
    made.file = TRY(DescribeFile(output));
    return made;
  };
  auto facts = finish();
  std::error_code ignored;
  if (!facts) std::filesystem::remove(output, ignored);
  return facts;
}

}  // namespace gyre::data::internal
