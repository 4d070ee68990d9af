#include "base/text.h"
#include "registry/internal/changes.h"
#include "registry/internal/checks.h"
#include "registry/internal/model_rows.h"
#include "registry/internal/source.h"
#include "registry/internal/version_rows.h"
#include "registry/registry.h"

namespace gyre::registry {
namespace {

/// Numbers of the highest version per stage, by the first version of the stage.
base::Result<std::vector<int64_t>> NewestNumbers(store::Reader& reader, int64_t model) {
  std::vector<int64_t> numbers;
  TRY(reader.Query(
      "SELECT v.number FROM model_versions v JOIN (SELECT stage, MIN(version) AS first, MAX(version) AS newest "
      "FROM model_versions WHERE model = ?1 AND deleted_at IS NULL GROUP BY stage) s ON s.newest = v.version "
      "WHERE v.model = ?1 ORDER BY s.first",
      [&](const store::Row& row) -> base::Result<void> {
        numbers.push_back(row.Int(0));
        return base::Ok();
      },
      model));
  return numbers;
}

/// The version that a "models:/NAME/..." source names.
base::Result<ModelVersion> ReferencedVersion(Registry& registry, std::string_view source,
                                             const internal::ModelUri& uri) {
  if (uri.version) return registry.Get({.model = uri.name, .version = *uri.version});
  if (!uri.alias.empty()) {
    const auto model = TRY(registry.GetModel(uri.name));
    const auto found = model.aliases.find(uri.alias);
    const bool latest = found == model.aliases.end() && base::EqualsIgnoreCase(uri.alias, "latest");
    if (found == model.aliases.end() && !latest) {
      return base::InvalidArgument(fmt::format("Registered model alias {} not found.", uri.alias), "source");
    }
    return registry.Get({.model = uri.name, .version = latest ? model.latest_version : found->second});
  }
  std::vector<std::string> stages;
  if (!uri.stage.empty()) stages.push_back(uri.stage);
  auto newest = TRY(registry.LatestVersions(uri.name, stages));
  const auto found =
      std::ranges::max_element(newest, {}, [](const ModelVersion& version) { return version.ref.version; });
  if (found != newest.end()) return std::move(*found);
  return internal::InvalidSource(
      source, fmt::format("Model {} has no version there; name one that is.", internal::Quoted(uri.name.value())));
}

base::Result<void> FollowVersion(Registry& registry, const internal::ModelUri& uri, const VersionSpec& spec,
                                 internal::NewVersion& made) {
  const auto model = TRY(registry.GetModel(uri.name));
  if (internal::SaysPrompt(model.tags)) {
    return internal::InvalidSource(spec.source, "Prompt versions cannot be used as model version sources.");
  }
  const auto version = TRY(ReferencedVersion(registry, spec.source, uri));
  if ((spec.run_id && *spec.run_id != version.run_id) || (spec.model_id && *spec.model_id != version.model_id)) {
    return internal::InvalidSource(
        spec.source, "The run_id and model_id request parameters must match the referenced model version.");
  }
  made.source = fmt::format("models:/{}", version.ref.ToString());
  made.storage_location = TRY(registry.DownloadUri(version.ref));
  made.options.run_id = version.run_id;
  made.options.datasets = version.datasets;
  made.model_id = version.model_id;
  made.bundle = {.digest = version.bundle_digest, .files = version.files, .metrics = version.metrics};
  return base::Ok();
}

base::Result<void> FollowLoggedModel(const internal::ModelUri* uri, Origins* origins, internal::NewVersion& made) {
  if (origins == nullptr || made.model_id.empty()) return base::Ok();
  const auto origin = TRY(origins->FindLoggedModel(made.model_id));
  if (!origin) return base::NotFound(fmt::format("Logged model with ID '{}' not found.", made.model_id));
  if (uri != nullptr) made.storage_location = origin->artifact_uri;
  if (made.options.run_id.empty()) made.options.run_id = origin->run_id;
  return base::Ok();
}

base::Result<internal::NewVersion> Follow(Registry& registry, const VersionSpec& spec, Origins* origins) {
  internal::NewVersion made{.source = spec.source,
                            .storage_location = spec.source,
                            .run_link = spec.run_link,
                            .model_id = spec.model_id.value_or(""),
                            .version = spec.number,
                            .created_at = spec.created_at};
  made.options = {
      .actor = spec.actor, .run_id = spec.run_id.value_or(""), .tags = spec.tags, .description = spec.description};
  if (internal::SaysPrompt(spec.tags)) {
    TRY(internal::CheckPromptSource(spec.source));
    TRY(internal::CheckHost(spec.source));
    return made;
  }
  TRY(internal::CheckHost(spec.source));
  const auto parts = internal::SplitUri(spec.source);
  std::optional<internal::ModelUri> uri;
  if (parts.scheme == "models") {
    if (!parts.authority.empty()) {
      return internal::InvalidSource(spec.source, "Registered model sources must use the active model registry.");
    }
    uri = TRY(internal::ParseModelUri(spec.source));
  }
  if (uri && uri->model_id.empty()) {
    TRY(FollowVersion(registry, *uri, spec, made));
    return made;
  }
  TRY(internal::CheckSource(spec.source, made.options.run_id, made.model_id, origins));
  TRY(FollowLoggedModel(uri ? &*uri : nullptr, origins, made));
  return made;
}

}  // namespace

base::Result<ModelVersion> Registry::CreateVersion(const ModelName& model, const VersionSpec& spec) {
  TRY(internal::CheckSpec(spec));
  const auto made = TRY(Follow(*this, spec, links_.origins));
  auto version = TRY(database_.Write([&](store::Transaction& transaction) -> base::Result<ModelVersion> {
    const auto ref = TRY(internal::InsertVersion(transaction, model, made));
    auto created = TRY(internal::LoadVersion(transaction, ref));
    TRY(internal::Telling(links_.changes, transaction).VersionCreated(created));
    return created;
  }));
  if (internal::SaysPrompt(spec.tags)) return version;
  if (links_.origins != nullptr && !version.model_id.empty()) {
    // The version is there; only a tag that tells of it would be missing.
    (void)links_.origins->NoteVersion(version.model_id, version.ref);
  }
  if (links_.bundler == nullptr || version.has_bundle()) return version;
  // One that cannot be served now may still be: whoever deploys it is told why.
  auto servable = Servable(version.ref);
  return servable ? std::move(*servable) : std::move(version);
}

base::Result<ModelVersion> Registry::DescribeVersion(const VersionRef& ref, std::optional<std::string_view> description,
                                                     std::string_view actor) {
  TRY(internal::CheckDescription(description.value_or("")));
  return database_.Write([&](store::Transaction& transaction) -> base::Result<ModelVersion> {
    TRY(internal::WriteDescription(transaction, ref, description, actor));
    return internal::LoadVersion(transaction, ref);
  });
}

base::Result<ModelVersion> Registry::TransitionStage(const VersionRef& ref, std::string_view stage,
                                                     bool archive_existing, std::string_view actor) {
  const auto canonical = TRY(internal::CanonicalStage(stage));
  if (archive_existing && canonical != "Staging" && canonical != "Production") {
    return base::InvalidArgument(
        fmt::format("Model version transition cannot archive existing model versions because '{}' is not an Active "
                    "stage. Valid stages are ['Staging', 'Production']",
                    stage),
        std::string(stage));
  }
  return database_.Write([&](store::Transaction& transaction) -> base::Result<ModelVersion> {
    TRY(internal::WriteStage(transaction, ref, canonical, archive_existing, actor));
    return internal::LoadVersion(transaction, ref);
  });
}

base::Result<std::vector<ModelVersion>> Registry::LatestVersions(const ModelName& model,
                                                                 const std::vector<std::string>& stages) {
  std::vector<std::string_view> wanted;
  for (const auto& stage : stages) wanted.push_back(TRY(internal::CanonicalStage(stage)));
  return database_.Read([&](store::Reader& reader) -> base::Result<std::vector<ModelVersion>> {
    const auto numbers = TRY(NewestNumbers(reader, TRY(internal::ModelNumber(reader, model))));
    auto versions = TRY(internal::LoadVersionsByNumber(reader, numbers));
    if (wanted.empty()) return versions;
    std::erase_if(versions, [&](const ModelVersion& version) {
      return std::ranges::find(wanted, version.stage) == wanted.end();
    });
    return versions;
  });
}

}  // namespace gyre::registry
