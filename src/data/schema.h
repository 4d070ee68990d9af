#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "engine/value.h"

namespace gyre::data {

struct ColumnSpec {
  std::string name;
  engine::DataType type = engine::DataType::kNumber;
  bool nullable = false;  ///< some row has no value here

  bool operator==(const ColumnSpec&) const = default;
};

/// The columns of a table, in order. Names are distinct, whatever their case (SQL cannot tell them apart).
struct Schema {
  std::vector<ColumnSpec> columns;

  /// Null if there is none of exactly that name.
  const ColumnSpec* Find(std::string_view name) const;
  /// The column, or kNotFound with the likely one that was meant.
  base::Result<const ColumnSpec*> Get(std::string_view name) const;

  /// [{"name": "temp", "type": "number", "nullable": true}, ...]
  base::Json ToJson() const;
  static base::Result<Schema> FromJson(const base::Json& json, std::string_view path);

  bool operator==(const Schema&) const = default;
};

/// A table may have this many columns, with names of 1 to 256 bytes of UTF-8 without control characters.
inline constexpr size_t kMaxColumns = 4096;
base::Result<void> CheckColumnNames(const std::vector<std::string>& names);

}  // namespace gyre::data
