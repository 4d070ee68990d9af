#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "data/ingest.h"
#include "data/table_facts.h"
#include "engine/connection.h"

namespace gyre::data::internal {

struct Loaded {
  FileFacts source;
  std::vector<std::string> notes;
};

/// Loads a CSV file into a new table `table`: once through the file to find the types, once more to read the values.
base::Result<Loaded> LoadCsv(engine::Connection& connection, std::string_view table, const std::filesystem::path& file,
                             const IngestOptions& options, const base::Cancellation& cancel);

}  // namespace gyre::data::internal
