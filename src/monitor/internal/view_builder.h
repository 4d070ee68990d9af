#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/result.h"
#include "monitor/internal/catalogue.h"
#include "monitor/log_view.h"

namespace gyre::monitor::internal {

struct ViewResources {
  uint64_t memory_bytes;
  std::filesystem::path spill_folder;  ///< made if need be; the view gets a folder of its own in it
};

/// Opens an engine over the rows of a snapshot that pass the filter. Parquet is read in place; unsealed rows are put
/// into tables of the engine.
base::Result<LogView> BuildView(const LogSnapshot& snapshot, const RowFilter& filter,
                                const std::vector<std::filesystem::path>& outputs, const ViewResources& resources);

}  // namespace gyre::monitor::internal
