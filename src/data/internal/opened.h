#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/schema.h"
#include "data/work.h"
#include "engine/connection.h"

namespace gyre::data::internal {

/// A session of a new engine within the bounds of `work`, confined to `files`.
base::Result<engine::Connection> OpenConfined(const Work& work, std::vector<std::filesystem::path> files);

/// The columns of a table expression, `nullable` left false.
base::Result<Schema> SchemaOf(engine::Connection& connection, const std::string& table);

base::Result<uint64_t> CountRows(engine::Connection& connection, const std::string& table);

}  // namespace gyre::data::internal
