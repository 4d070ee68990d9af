#pragma once

#include <string_view>

#include "api/mlflow/internal/errors.h"
#include "api/mlflow/internal/message.h"
#include "api/mlflow/internal/render.h"
#include "api/mlflow/internal/tracking_wire.h"
#include "registry/registry.h"

// Between messages and the things of the registry module.

namespace gyre::api::mlflow::internal {

/// "Invalid model name 'a/b'. Names cannot contain '/' or ':'."
Parsed<registry::ModelName> ReadModelName(std::string_view name, std::string_view field = "name");
/// "Parameter 'version' must be an integer, got 'x'."
Parsed<registry::VersionRef> ReadVersion(const Message& message);
Answer CheckRegistryTag(std::string_view key, std::string_view value);
Answer CheckAliasName(std::string_view alias);
/// "latest" and "v3" mean versions.
Answer CheckAliasFree(std::string_view alias);
registry::SearchQuery ReadSearch(const Message& message, int64_t default_results);

/// MLflow's words for what the registry did not find.
Failure RegistryFailure(const base::Error& error);
/// A result of the registry, or the end of the call in MLflow's words.
template <class T>
Parsed<T> Told(base::Result<T> result) {
  if (!result) return std::unexpected(RegistryFailure(result.error()));
  return std::move(*result);
}
inline Answer Told(const base::Result<void>& result) {
  if (!result) return RegistryFailure(result.error());
  return Done();
}

/// The same of calls for one version: if its model is not there, neither is the version.
Failure VersionFailure(const base::Error& error, const registry::VersionRef& ref);
template <class T>
Parsed<T> Told(base::Result<T> result, const registry::VersionRef& ref) {
  if (!result) return std::unexpected(VersionFailure(result.error(), ref));
  return std::move(*result);
}
inline Answer Told(const base::Result<void>& result, const registry::VersionRef& ref) {
  if (!result) return VersionFailure(result.error(), ref);
  return Done();
}

/// The fields of the object that is open. MLflow names aliases only where it says one version.
enum class Aliases { kShown, kHidden };
void WriteVersion(const registry::ModelVersion& version, Aliases aliases, JsonWriter& json);
void WriteModel(const registry::RegisteredModel& model, const std::vector<registry::ModelVersion>& latest,
                JsonWriter& json);

}  // namespace gyre::api::mlflow::internal
