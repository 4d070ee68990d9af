#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace gyre::api::mlflow::internal {

/// A path that a client sent, by MLflow's rules: percent-decoded until nothing changes, control bytes written as "%0a",
/// then refused if it could lead out of where it belongs: absolute, with "..", a backslash, a '#' or a drive letter, a
/// file: URL. In its clean form (artifacts/path.h). Every refusal is kInvalidArgument, "Invalid path".
base::Result<std::string> SafePath(std::string_view path);

/// The name of the file to be uploaded in parts: what is behind the last '/' or '\' of what may be a path on the
/// client's machine, by the same rules.
base::Result<std::string> SafeFileName(std::string_view path);

}  // namespace gyre::api::mlflow::internal
