#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gyre::engine {

/// "name", with quotes inside doubled.
std::string QuoteName(std::string_view name);

/// 'text', with quotes inside doubled.
std::string QuoteText(std::string_view text);

/// A table expression that reads one Parquet file: read_parquet('/x/y.parquet'). With `row_numbers`, the column
/// file_row_number counts rows from 0. Refuses paths that DuckDB would take for a pattern.
base::Result<std::string> ParquetTable(const std::filesystem::path& path, bool row_numbers = false);

}  // namespace gyre::engine
