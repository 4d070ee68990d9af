#include "data/columns.h"

#include <cmath>

#include "base/text.h"
#include "data/internal/opened.h"
#include "engine/sql.h"

namespace gyre::data {

using engine::DataType;

base::Result<Schema> ReadSchema(const Work& work, const std::filesystem::path& parquet) {
  auto connection = TRY(internal::OpenConfined(work, {parquet}));
  return internal::SchemaOf(connection, TRY(engine::ParquetTable(parquet)));
}

base::Result<engine::Table> ReadColumns(const Work& work, const std::filesystem::path& parquet,
                                        const std::vector<std::string>& names) {
  auto connection = TRY(internal::OpenConfined(work, {parquet}));
  const auto table = TRY(engine::ParquetTable(parquet));
  const auto schema = TRY(internal::SchemaOf(connection, table));
  std::vector<std::string> quoted;
  for (const auto& name : names) {
    TRY(schema.Get(name));
    quoted.push_back(engine::QuoteName(name));
  }
  const auto columns = quoted.empty() ? "*" : base::Join(quoted, ", ");
  return connection.Query(fmt::format("SELECT {} FROM {}", columns, table), {}, work.cancel);
}

base::Result<std::vector<float>> FloatsOf(const engine::Column& column) {
  if (column.type == DataType::kText || column.type == DataType::kTimestamp) {
    return base::InvalidArgument(
        fmt::format("column '{}' is {}, not a number", column.name, engine::DataTypeName(column.type)), column.name);
  }
  std::vector<float> floats;
  floats.reserve(column.size());
  for (size_t row = 0; row < column.size(); ++row) {
    const double value =
        column.type == DataType::kNumber ? column.numbers[row] : static_cast<double>(column.integers[row]);
    const auto narrow = column.IsNull(row) ? std::nanf("") : static_cast<float>(value);
    if (std::isinf(narrow)) {
      return base::Unprocessable(fmt::format("column '{}' holds {} in row {}, beyond what a model's float32 can hold",
                                             column.name, base::FormatDouble(value), row + 1),
                                 column.name);
    }
    floats.push_back(narrow);
  }
  return floats;
}

std::vector<std::string> TextsOf(const engine::Column& column) {
  if (column.type == DataType::kText) return column.texts;
  std::vector<std::string> texts;
  texts.reserve(column.size());
  for (size_t row = 0; row < column.size(); ++row) {
    if (column.IsNull(row)) {
      texts.emplace_back();
    } else if (column.type == DataType::kNumber) {
      texts.push_back(base::FormatDouble(column.numbers[row]));
    } else if (column.type == DataType::kInteger) {
      texts.push_back(std::to_string(column.integers[row]));
    } else if (column.type == DataType::kBoolean) {
      texts.emplace_back(column.integers[row] != 0 ? "true" : "false");
    } else {
      texts.push_back(base::FormatTimestamp(base::FromMicros(column.integers[row])));
    }
  }
  return texts;
}

}  // namespace gyre::data
