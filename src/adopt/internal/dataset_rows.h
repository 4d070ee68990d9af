#pragma once

#include <filesystem>

#include "base/result.h"
#include "model/frame.h"
#include "model/signature.h"

namespace gyre::adopt::internal {

/// The signature's columns of a CSV, Parquet or JSON file, as it is called by its extension: at most a million rows,
/// numbers and texts as they can be read. `temp_folder` is of this work alone.
base::Result<model::Frame> ReadRows(const std::filesystem::path& file, const model::Signature& signature,
                                    const std::filesystem::path& temp_folder);

}  // namespace gyre::adopt::internal
