#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "transfer/entity.h"
#include "transfer/report.h"

namespace gyre::transfer::internal {

/// The files of MLflow's file store. What is damaged is a loss of `kind`; links that lead out are not followed.

/// meta.yaml of a folder, all scalars as texts. kNotFound, kInvalidArgument, kTooLarge.
base::Result<base::Json> ReadMeta(const std::filesystem::path& folder);

/// A folder of one file per key ("params", "tags", "aliases"), in which a key with slashes is a path.
base::Result<Texts> ReadKeys(const std::filesystem::path& folder, std::string_view kind, Report& report);

/// A folder of one file per metric, a point per line: "TIME VALUE [STEP [RUN] [DATASET DIGEST]]", the run
/// only of logged models. Of any length.
base::Result<void> ReadPoints(const std::filesystem::path& folder, Report& report,
                              const std::function<base::Result<void>(Point)>& on_point);

/// Names of the folders in a folder, sorted; none if it is not there.
base::Result<std::vector<std::string>> FolderNames(const std::filesystem::path& folder);

/// One line of a metric's file. kInvalidArgument.
base::Result<Point> ParsePoint(std::string_view key, std::string_view line);

}  // namespace gyre::transfer::internal
