#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "monitor/internal/catalogue.h"
#include "monitor/log_view.h"

namespace gyre::monitor::internal {

/// Opens an engine over the rows of a snapshot that pass the filter. Parquet is read in place; unsealed rows are put
/// into tables of the engine.
base::Result<LogView> BuildView(const LogSnapshot& snapshot, const RowFilter& filter,
                                const std::vector<std::filesystem::path>& outputs, uint64_t memory_bytes);

}  // namespace gyre::monitor::internal
