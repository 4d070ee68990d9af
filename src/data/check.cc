#include "data/check.h"

#include "base/text.h"
#include "data/internal/expectation_sql.h"
#include "data/internal/opened.h"
#include "engine/select.h"
#include "engine/sql.h"

namespace gyre::data {
namespace {

using base::Json;

constexpr std::string_view kDataset = "dataset";

Json RowValues(const engine::Table& table, size_t row, size_t first_column) {
  auto values = Json::object();
  for (size_t i = first_column; i < table.columns.size(); ++i) {
    values[table.columns[i].name] = engine::ToJson(table.columns[i].At(row));
  }
  return values;
}

/// Checks the expectations of one file, one by one.
class Checker {
 public:
  Checker(engine::Connection connection, const base::Cancellation& cancel, std::string numbered_table, Schema schema,
          uint64_t rows)
      : connection_(std::move(connection)),
        cancel_(cancel),
        numbered_table_(std::move(numbered_table)),
        schema_(std::move(schema)),
        rows_(rows) {}

  base::Result<ExpectationResult> Check(const Expectation& expectation) {
    ExpectationResult result{.name = expectation.name,
                             .kind = expectation.kind,
                             .columns = expectation.columns,
                             .mostly = expectation.mostly};
    auto checked = CheckInto(expectation, result);
    if (checked) return result;
    // A stop or a lack of memory says nothing about the data.
    using enum base::ErrorCode;
    const auto code = checked.error().code();
    if (code != kInvalidArgument && code != kUnprocessable && code != kNotFound) return checked.error();
    result.passed = false;
    result.message = checked.error().message();
    return result;
  }

 private:
  base::Result<void> CheckInto(const Expectation& expectation, ExpectationResult& result) {
    std::vector<const ColumnSpec*> columns;
    for (const auto& name : expectation.columns) columns.push_back(TRY(schema_.Get(name)));
    for (const auto& name : expectation.by) TRY(schema_.Get(name));
    switch (expectation.kind) {
      case ExpectationKind::kExists:
        result.passed = true;
        result.message = fmt::format("it is there, of type {}", engine::DataTypeName(columns[0]->type));
        return base::Ok();
      case ExpectationKind::kType:
        return CheckType(expectation, *columns[0], result);
      case ExpectationKind::kRows:
        return CheckRows(expectation, result);
      case ExpectationKind::kSql:
        return CheckSql(expectation, result);
      default:
        return CheckValues(expectation, *columns[0], result);
    }
  }

  static base::Result<void> CheckType(const Expectation& expectation, const ColumnSpec& column,
                                      ExpectationResult& result) {
    result.passed = column.type == expectation.type ||
                    (column.type == engine::DataType::kInteger && expectation.type == engine::DataType::kNumber);
    result.message = fmt::format("it is of type {}", engine::DataTypeName(column.type));
    return base::Ok();
  }

  base::Result<void> CheckRows(const Expectation& expectation, ExpectationResult& result) const {
    result.total = rows_;
    result.passed = rows_ >= expectation.minimum_rows.value_or(0) &&
                    rows_ <= expectation.maximum_rows.value_or(std::numeric_limits<uint64_t>::max());
    result.message = fmt::format("there are {} rows", rows_);
    return base::Ok();
  }

  base::Result<void> CheckValues(const Expectation& expectation, const ColumnSpec& column, ExpectationResult& result) {
    const auto sql = TRY(internal::ExpectationQuery(expectation, column, numbered_table_));
    const auto counts = TRY(connection_.Query(
        fmt::format("SELECT count(*), count(*) FILTER (gyre_unexpected) FROM ({})", sql), {}, cancel_));
    result.total = static_cast<uint64_t>(counts.columns[0].integers[0]);
    result.unexpected = static_cast<uint64_t>(counts.columns[1].integers[0]);
    result.missing = rows_ - result.total;
    // The slack is for shares like 0.99 that binary fractions miss by a hair.
    const auto wanted = expectation.mostly * static_cast<double>(result.total) - 1e-9;
    result.passed = static_cast<double>(result.total - result.unexpected) >= wanted;
    result.message = Found(result);
    if (result.unexpected == 0) return base::Ok();
    const auto samples = TRY(connection_.Query(
        fmt::format("SELECT * EXCLUDE (gyre_unexpected) FROM ({}) WHERE gyre_unexpected ORDER BY gyre_row LIMIT {}",
                    sql, ExpectationResult::kSamples),
        {}, cancel_));
    for (size_t row = 0; row < samples.rows(); ++row) {
      result.samples.push_back({static_cast<uint64_t>(samples.columns[0].integers[row]), RowValues(samples, row, 1)});
    }
    return base::Ok();
  }

  base::Result<void> CheckSql(const Expectation& expectation, ExpectationResult& result) {
    const std::vector<std::string> inputs = {std::string(kDataset)};
    const auto select = TRY(engine::CheckSelect(connection_, expectation.sql, inputs));
    result.total = rows_;
    const auto see = [&result](const engine::Table& batch) {
      result.unexpected += batch.rows();
      for (size_t row = 0; row < batch.rows() && result.samples.size() < ExpectationResult::kSamples; ++row) {
        result.samples.push_back({std::nullopt, RowValues(batch, row, 0)});
      }
      return base::Ok();
    };
    TRY(connection_.Stream(select, see, {}, cancel_));
    result.passed = result.unexpected == 0;
    result.message = result.passed ? "it returns no rows" : fmt::format("it returns {} rows", result.unexpected);
    return base::Ok();
  }

  static std::string Found(const ExpectationResult& result) {
    if (result.total == 0) return "no row has a value";
    if (result.unexpected == 0) return fmt::format("all {} rows with a value are as expected", result.total);
    return fmt::format("{} of {} rows are not as expected ({:.4g}%)", result.unexpected, result.total,
                       100.0 * static_cast<double>(result.unexpected) / static_cast<double>(result.total));
  }

  engine::Connection connection_;
  const base::Cancellation& cancel_;
  std::string numbered_table_;
  Schema schema_;
  uint64_t rows_;
};

}  // namespace

bool ExpectationReport::passed() const {
  return std::ranges::all_of(results, &ExpectationResult::passed);
}

Json ExpectationReport::ToJson() const {
  auto list = Json::array();
  for (const auto& result : results) {
    auto samples = Json::array();
    for (const auto& sample : result.samples) {
      samples.push_back({{"row", sample.row ? Json(*sample.row) : Json(nullptr)}, {"values", sample.values}});
    }
    list.push_back({{"name", result.name},
                    {"kind", ExpectationKindName(result.kind)},
                    {"columns", result.columns},
                    {"mostly", result.mostly},
                    {"passed", result.passed},
                    {"total", result.total},
                    {"missing", result.missing},
                    {"unexpected", result.unexpected},
                    {"message", result.message},
                    {"samples", std::move(samples)}});
  }
  return {{"passed", passed()}, {"rows", rows}, {"results", std::move(list)}};
}

base::Result<ExpectationReport> CheckExpectations(const Work& work, const std::filesystem::path& parquet,
                                                  std::span<const Expectation> expectations) {
  auto connection = TRY(internal::OpenConfined(work, {parquet}));
  const auto table = TRY(engine::ParquetTable(parquet));
  TRY(connection.Execute(fmt::format("CREATE VIEW {} AS SELECT * FROM {}", kDataset, table)));
  auto schema = TRY(internal::SchemaOf(connection, table));

  ExpectationReport report;
  report.rows = TRY(internal::CountRows(connection, table));
  Checker checker(std::move(connection), work.cancel, TRY(engine::ParquetTable(parquet, true)), std::move(schema),
                  report.rows);
  for (const auto& expectation : expectations) report.results.push_back(TRY(checker.Check(expectation)));
  return report;
}

}  // namespace gyre::data
