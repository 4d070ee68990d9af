#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/value.h"

namespace gyre::engine {

/// One named column of values. The vector that belongs to `type` is filled: `integers` for kInteger, kBoolean (0 or 1)
/// and kTimestamp (microseconds), `numbers` for kNumber, `texts` for kText. A plain value.
struct Column {
  std::string name;
  DataType type = DataType::kNumber;
  std::vector<int64_t> integers;
  std::vector<double> numbers;
  std::vector<std::string> texts;
  /// 1 where there is a value, 0 where it is null (the slot in the vector then holds 0 or ""). Empty: no nulls.
  std::vector<uint8_t> valid;

  size_t size() const;
  bool IsNull(size_t row) const { return !valid.empty() && valid[row] == 0; }
  Value At(size_t row) const;
  void AppendNull();
  /// Forgets the values, keeps the memory.
  void Clear();
};

/// Columns of equal length: a result, or rows on their way into one.
struct Table {
  std::vector<Column> columns;

  size_t rows() const { return columns.empty() ? 0 : columns.front().size(); }
  /// Null if there is none of that name.
  const Column* Find(std::string_view name) const;
  /// Fails, naming the column, unless all columns have one length.
  base::Result<void> Check() const;
};

/// A column as a statement declares it.
struct ColumnInfo {
  std::string name;
  std::string sql_type;  ///< as DuckDB writes it: "DECIMAL(3,1)", "STRUCT(a INTEGER)"
};

}  // namespace gyre::engine
