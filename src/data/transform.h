#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "data/table_facts.h"
#include "data/work.h"

namespace gyre::data {

/// Runs one SELECT over the inputs, each a table of its name, and writes the result as a canonical Parquet file.
/// The SQL reaches nothing else, and may use nothing whose answer changes from run to run (engine/select.h).
///
/// Rows come out in the order of the query's ORDER BY; without one, in an order that is the same every time but that
/// a join or a grouping chooses: say ORDER BY where order matters, as it does for time series.
base::Result<TableFacts> Transform(const Work& work, const std::map<std::string, std::filesystem::path>& inputs,
                                   std::string_view sql, const std::filesystem::path& output);

}  // namespace gyre::data
