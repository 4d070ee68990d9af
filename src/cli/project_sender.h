#pragma once

#include <filesystem>

#include "base/json.h"
#include "base/result.h"
#include "cli/api.h"

namespace gyre::cli {

/// Sends a project's folder: gyre.yaml and the files its steps read, of which only those the server does not have yet.
/// Answers the snapshot.
base::Result<base::Json> SendProject(Api& api, const std::filesystem::path& folder);

/// Sends files by the names they have on the server; answers {NAME: SHA-256}.
base::Result<base::Json> SendFiles(Api& api, const std::vector<std::pair<std::string, std::filesystem::path>>& files);

}  // namespace gyre::cli
