#include "adopt/links.h"

#include "artifacts/path.h"

namespace gyre::adopt {
namespace {

constexpr const char* kVersionsTag = "mlflow.modelVersions";

/// Nothing for what is not there.
template <class T>
base::Result<std::optional<T>> Found(base::Result<T> result) {
  if (result) return std::optional<T>(std::move(*result));
  if (result.error().code() == base::ErrorCode::kNotFound) return std::optional<T>();
  return result.error();
}

/// What the tag says so far; a text of the client's own that is no such list is not kept.
base::Json Versions(const std::map<std::string, std::string>& tags) {
  const auto tag = tags.find(kVersionsTag);
  if (tag == tags.end()) return base::Json::array();
  auto versions = base::ParseJson(tag->second, kVersionsTag);
  const bool fine = versions && versions->is_array() &&
                    std::ranges::all_of(*versions, [](const base::Json& version) { return version.is_object(); });
  return fine ? std::move(*versions) : base::Json::array();
}

/// As Python writes it: clients write the tag too, and compare.
std::string PythonText(const base::Json& versions) {
  std::vector<std::string> entries;
  for (const auto& version : versions) {
    std::vector<std::string> fields;
    for (const auto& [key, value] : version.items()) {
      fields.push_back(fmt::format("\"{}\": {}", key, value.dump(-1, ' ', true, base::Json::error_handler_t::replace)));
    }
    entries.push_back(fmt::format("{{{}}}", fmt::join(fields, ", ")));
  }
  return fmt::format("[{}]", fmt::join(entries, ", "));
}

}  // namespace

base::Result<std::map<std::string, blob::BlobRef>> TreeOfArtifacts::Files(std::string_view uri) {
  const auto path = artifacts::PathOfUri(uri);
  if (!path) return std::map<std::string, blob::BlobRef>();
  return store_.Files(*path);
}

base::Result<void> TreeOfArtifacts::Link(std::string_view uri, const std::map<std::string, blob::BlobRef>& files) {
  const auto path = artifacts::PathOfUri(uri);
  if (!path) return base::Internal(fmt::format("{} is no place in the tree of artifacts", uri));
  return store_.Link(*path, files);
}

base::Result<std::optional<registry::Origins::Origin>> TrackedOrigins::FindRun(std::string_view run_id) {
  const auto run = TRY(Found(tracker_.GetRun(tracking::RunId(run_id))));
  if (!run) return std::optional<Origin>();
  return std::optional(Origin{.artifact_uri = run->artifact_uri, .run_id = std::string(run_id)});
}

base::Result<std::optional<registry::Origins::Origin>> TrackedOrigins::FindLoggedModel(std::string_view model_id) {
  const auto model = TRY(Found(tracker_.GetLoggedModel(tracking::LoggedModelId(model_id))));
  if (!model) return std::optional<Origin>();
  return std::optional(
      Origin{.artifact_uri = model->artifact_uri, .run_id = model->source_run ? model->source_run->value() : ""});
}

base::Result<void> TrackedOrigins::NoteVersion(std::string_view model_id, const registry::VersionRef& version) {
  const tracking::LoggedModelId id(model_id);
  const auto model = TRY(Found(tracker_.GetLoggedModel(id)));
  if (!model) return base::Ok();
  auto versions = Versions(model->tags);
  const base::Json entry = {{"name", version.model.value()}, {"version", version.version}};
  if (std::ranges::find(versions, entry) != versions.end()) return base::Ok();
  versions.push_back(entry);
  return tracker_.SetLoggedModelTags(id, {{kVersionsTag, PythonText(versions)}});
}

}  // namespace gyre::adopt
