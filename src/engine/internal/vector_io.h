#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/internal/duckdb_api.h"
#include "engine/table.h"

namespace gyre::engine::internal {

/// How one column of a result is turned into ours; found once per result.
struct ColumnReader {
  duckdb_type type = DUCKDB_TYPE_INVALID;
  duckdb_type storage = DUCKDB_TYPE_INVALID;  ///< what decimals and enums are stored as
  uint8_t scale = 0;                          ///< of a decimal
  std::vector<std::string> dictionary;        ///< of an enum
};

/// Readers for the result's columns, and `columns` set to their names and types. kInvalidArgument for a type that has
/// no place in a table (lists, structs, intervals).
base::Result<std::vector<ColumnReader>> MakeReaders(const DuckDbApi& api, duckdb_result* result,
                                                    std::vector<Column>& columns);

/// Appends the `rows` values of one vector to `column`. kUnprocessable for an integer over 64 bits.
base::Result<void> ReadVector(const DuckDbApi& api, const ColumnReader& reader, duckdb_vector vector, size_t rows,
                              Column& column);

/// Writes rows [first, first + count) of `column` into a vector of the same type.
void WriteVector(const DuckDbApi& api, const Column& column, size_t first, size_t count, duckdb_vector vector);

}  // namespace gyre::engine::internal
