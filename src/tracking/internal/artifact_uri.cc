#include "tracking/internal/artifact_uri.h"

#include <fmt/format.h>

namespace gyre::tracking::internal {

std::string AppendToUri(std::string_view uri, std::string_view path) {
  // A plain path may have these characters in its names; only a URI has parts after its path.
  const bool has_scheme = uri.find(':') != std::string_view::npos && !uri.starts_with('/');
  const size_t end = has_scheme ? std::min(uri.find_first_of("?#"), uri.size()) : uri.size();
  const auto front = uri.substr(0, end);
  return fmt::format("{}{}{}{}", front, front.ends_with('/') ? "" : "/", path, uri.substr(end));
}

std::string RunArtifactUri(std::string_view experiment_location, std::string_view run) {
  return AppendToUri(experiment_location, fmt::format("{}/artifacts", run));
}

std::string ModelArtifactUri(std::string_view experiment_location, std::string_view model) {
  return AppendToUri(experiment_location, fmt::format("models/{}/artifacts", model));
}

}  // namespace gyre::tracking::internal
