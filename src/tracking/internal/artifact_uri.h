#pragma once

#include <string>
#include <string_view>

namespace gyre::tracking::internal {

/// `path` appended to the path of `uri`; a query or a fragment stays at the end.
std::string AppendToUri(std::string_view uri, std::string_view path);

std::string RunArtifactUri(std::string_view experiment_location, std::string_view run);
std::string ModelArtifactUri(std::string_view experiment_location, std::string_view model);

}  // namespace gyre::tracking::internal
