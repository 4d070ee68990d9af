#include "data/internal/expectation_sql.h"

#include "base/text.h"
#include "engine/sql.h"

namespace gyre::data::internal {
namespace {

using engine::DataType;
using engine::QuoteName;
using engine::Value;

base::Error Mismatch(const ColumnSpec& column, std::string_view what) {
  return base::InvalidArgument(
      fmt::format("column '{}' is of type {}, which {}", column.name, engine::DataTypeName(column.type), what),
      column.name);
}

/// The value as SQL of the column's type.
base::Result<std::string> Literal(const ColumnSpec& column, const Value& value) {
  const bool numeric = column.type == DataType::kNumber || column.type == DataType::kInteger;
  if (const auto* integer = std::get_if<int64_t>(&value); integer != nullptr && numeric) {
    return fmt::format("({})", *integer);
  }
  if (const auto* number = std::get_if<double>(&value); number != nullptr && numeric) {
    return fmt::format("CAST('{}' AS DOUBLE)", base::FormatDouble(*number));
  }
  if (const auto* flag = std::get_if<bool>(&value); flag != nullptr && column.type == DataType::kBoolean) {
    return std::string(*flag ? "true" : "false");
  }
  const auto* text = std::get_if<std::string>(&value);
  if (text != nullptr && column.type == DataType::kText) return engine::QuoteText(*text);
  if (text != nullptr && column.type == DataType::kTimestamp) {
    return fmt::format("make_timestamp({})", base::ToMicros(TRY(base::ParseTimestamp(*text))));
  }
  return Mismatch(column, fmt::format("cannot be compared with {}", base::DumpJson(engine::ToJson(value))));
}

base::Result<std::string> OutsideBounds(const Expectation& expectation, const ColumnSpec& column) {
  const auto name = QuoteName(column.name);
  std::vector<std::string> conditions;
  const auto is_set = [](const Value& value) { return !std::holds_alternative<std::nullptr_t>(value); };
  if (is_set(expectation.minimum)) {
    conditions.push_back(fmt::format("{} < {}", name, TRY(Literal(column, expectation.minimum))));
  }
  if (is_set(expectation.maximum)) {
    conditions.push_back(fmt::format("{} > {}", name, TRY(Literal(column, expectation.maximum))));
  }
  return base::Join(conditions, " OR ");
}

base::Result<std::string> OutsideSet(const Expectation& expectation, const ColumnSpec& column) {
  std::vector<std::string> values;
  for (const auto& value : expectation.set) values.push_back(TRY(Literal(column, value)));
  return fmt::format("{} NOT IN ({})", QuoteName(column.name), base::Join(values, ", "));
}

std::string QuotedList(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  std::ranges::transform(names, std::back_inserter(quoted), QuoteName);
  return base::Join(quoted, ", ");
}

std::string Falls(const Expectation& expectation, const ColumnSpec& column) {
  const auto name = QuoteName(column.name);
  const auto partition = expectation.by.empty() ? "" : fmt::format("PARTITION BY {} ", QuotedList(expectation.by));
  return fmt::format("coalesce({0} {1} lag({0}) OVER ({2}ORDER BY file_row_number), false)", name,
                     expectation.strictly ? "<=" : "<", partition);
}

base::Result<std::string> Unexpected(const Expectation& expectation, const ColumnSpec& column) {
  switch (expectation.kind) {
    case ExpectationKind::kNotNull:
      return fmt::format("{} IS NULL", QuoteName(column.name));
    case ExpectationKind::kBetween:
      return OutsideBounds(expectation, column);
    case ExpectationKind::kInSet:
      return OutsideSet(expectation, column);
    case ExpectationKind::kMatches:
      if (column.type != DataType::kText) return Mismatch(column, "no pattern can match");
      return fmt::format("NOT regexp_matches({}, {})", QuoteName(column.name), engine::QuoteText(expectation.pattern));
    case ExpectationKind::kUnique:
      return fmt::format("count(*) OVER (PARTITION BY {}) > 1", QuotedList(expectation.columns));
    case ExpectationKind::kIncreasing:
      return Falls(expectation, column);
    default:
      return base::Internal("this kind of expectation is not about values");
  }
}

}  // namespace

base::Result<std::string> ExpectationQuery(const Expectation& expectation, const ColumnSpec& column,
                                           const std::string& table) {
  auto shown = expectation.columns;
  for (const auto& name : expectation.by) {
    if (std::ranges::find(shown, name) == shown.end()) shown.push_back(name);
  }
  std::vector<std::string> present = {"true"};
  if (expectation.kind != ExpectationKind::kNotNull) {
    present.clear();
    for (const auto& name : expectation.columns) present.push_back(fmt::format("{} IS NOT NULL", QuoteName(name)));
  }
  return fmt::format("SELECT file_row_number + 1 AS gyre_row, {}, ({}) AS gyre_unexpected FROM {} WHERE {}",
                     QuotedList(shown), TRY(Unexpected(expectation, column)), table, base::Join(present, " AND "));
}

}  // namespace gyre::data::internal
