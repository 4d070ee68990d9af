#pragma once

#include <filesystem>

#include "base/result.h"
#include "monitor/internal/index_file.h"

namespace gyre::monitor::internal {

/// Makes the index of a Parquet file of logged rows from the file itself. Classes are those that have a probability
/// column (so are there none, labels of these rows are not checked); the last is taken to be the positive one.
base::Result<IndexHeader> RebuildIndex(const std::filesystem::path& parquet, const std::filesystem::path& index);

}  // namespace gyre::monitor::internal
