#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/result.h"
#include "data/table_facts.h"
#include "engine/connection.h"

namespace gyre::data::internal {

/// Writes the rows of `select` as a canonical Parquet file and measures it. Canonical: the five data types only
/// (narrower ones widened, NaN turned to null), names as CheckColumnNames wants them, every number finite, at least one
/// row. A table that cannot be so leaves no file.
base::Result<TableFacts> WriteCanonical(engine::Connection& connection, std::string_view select,
                                        const std::filesystem::path& output, const base::Cancellation& cancel);

/// Name, size and hash of a file.
base::Result<FileFacts> DescribeFile(const std::filesystem::path& path);

}  // namespace gyre::data::internal
