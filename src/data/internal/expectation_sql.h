#pragma once

#include <string>

#include "base/result.h"
#include "data/expectation.h"
#include "data/schema.h"

namespace gyre::data::internal {

/// A SELECT over `table` (a Parquet file with file_row_number) of the rows an expectation looks at: gyre_row (from 1),
/// the columns it is about, and gyre_unexpected. For the kinds that are about values; `column` is its first column.
/// kInvalidArgument if the expectation cannot be held against the column's type.
base::Result<std::string> ExpectationQuery(const Expectation& expectation, const ColumnSpec& column,
                                           const std::string& table);

}  // namespace gyre::data::internal
