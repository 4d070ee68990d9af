#pragma once

#include <string>
#include <string_view>

#include "api/mlflow/internal/errors.h"

namespace gyre::api::mlflow::internal {

/// Where an experiment may put its artifacts: no runs:/ URI, no fragment or parameters, no ".." in a query, at most
/// 2048 characters, and no host of a file system that the server would have to reach.
Answer CheckArtifactLocation(std::string_view location);

/// A relative path made absolute from the server's folder; anything else, URIs among them, as it is.
std::string AbsoluteLocation(std::string_view location);

}  // namespace gyre::api::mlflow::internal
