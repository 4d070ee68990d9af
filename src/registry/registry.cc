#include "registry/registry.h"

#include "base/text.h"
#include "registry/internal/bundle_files.h"
#include "registry/internal/changes.h"
#include "registry/internal/checks.h"
#include "registry/internal/model_rows.h"
#include "registry/internal/schema.h"
#include "registry/internal/version_rows.h"

namespace gyre::registry {
namespace {

base::Result<void> SetAliases(store::Transaction& transaction, internal::Telling& telling, const VersionRef& ref,
                              const RegisterOptions& options) {
  for (const auto& alias : options.aliases) {
    TRY(internal::PointAlias(transaction, ref, alias, options.actor));
    TRY(telling.AliasSet(ref, alias));
  }
  for (const auto& alias : options.aliases_if_absent) {
    if (TRY(internal::AliasedVersion(transaction, ref.model, alias))) continue;
    TRY(internal::PointAlias(transaction, ref, alias, options.actor));
    TRY(telling.AliasSet(ref, alias));
  }
  return base::Ok();
}

base::Result<ModelVersion> ResolveLatest(store::Reader& reader, const ModelName& name) {
  const auto model = TRY(internal::LoadModel(reader, name));
  if (model.latest_version == 0) {
    return base::NotFound(
        fmt::format("model {} has no versions, so no latest one; register one", internal::Quoted(name.value())),
        name.value());
  }
  return internal::LoadVersion(reader, {.model = name, .version = model.latest_version});
}

base::Result<ModelVersion> ResolveAlias(store::Reader& reader, const ModelName& name, std::string_view alias) {
  if (base::EqualsIgnoreCase(alias, "latest")) return ResolveLatest(reader, name);
  TRY(internal::CheckAlias(alias));
  const auto model = TRY(internal::LoadModel(reader, name));
  const auto found = model.aliases.find(std::string(alias));
  if (found == model.aliases.end()) return internal::NoSuchAlias(model, alias);
  return internal::LoadVersion(reader, {.model = name, .version = found->second});
}

}  // namespace

base::Result<std::unique_ptr<Registry>> Registry::Open(store::Database& database, blob::BlobStore& blobs) {
  TRY(database.Migrate(internal::kMigrations));
  return std::unique_ptr<Registry>(new Registry(database, blobs));
}

base::Result<ModelVersion> Registry::Register(const ModelName& model, const model::Bundle& bundle,
                                              const RegisterOptions& options) {
  TRY(internal::CheckModelName(model.value()));
  TRY(internal::CheckOptions(options));
  internal::NewVersion made{.bundle = TRY(internal::StoreBundle(blobs_, bundle)), .options = options};
  made.source = made.storage_location = internal::BundleUri(made.bundle.digest);
  auto version = TRY(database_.Write([&](store::Transaction& transaction) -> base::Result<ModelVersion> {
    if (!options.pipeline_run.empty()) {
      const auto before = TRY(internal::FindRegistered(transaction, model, options.pipeline_run, made.bundle.digest));
      if (before) return internal::LoadVersion(transaction, {.model = model, .version = *before});
    }
    internal::Telling telling(links_.changes, transaction);
    if (!TRY(internal::HasModel(transaction, model))) {
      TRY(telling.ModelCreated(model, {}, ""));
      TRY(internal::InsertModel(transaction, model, {}, "", options.actor));
    }
    const auto ref = TRY(internal::InsertVersion(transaction, model, made));
    TRY(telling.VersionCreated(TRY(internal::LoadVersion(transaction, ref))));
    TRY(SetAliases(transaction, telling, ref, options));
    return internal::LoadVersion(transaction, ref);
  }));
  // DownloadUri does it again, should it fail here.
  (void)Publish(version);
  return version;
}

base::Result<std::vector<RegisteredModel>> Registry::ListModels() {
  return database_.Read([](store::Reader& reader) { return internal::LoadModels(reader); });
}

base::Result<RegisteredModel> Registry::GetModel(const ModelName& model) {
  return database_.Read([&](store::Reader& reader) { return internal::LoadModel(reader, model); });
}

base::Result<std::vector<ModelVersion>> Registry::ListVersions(const ModelName& model) {
  return database_.Read([&](store::Reader& reader) { return internal::LoadVersions(reader, model); });
}

base::Result<ModelVersion> Registry::Get(const VersionRef& ref) {
  return database_.Read([&](store::Reader& reader) { return internal::LoadVersion(reader, ref); });
}

base::Result<ModelVersion> Registry::Resolve(std::string_view text) {
  return database_.Read([&](store::Reader& reader) -> base::Result<ModelVersion> {
    if (text.contains('/')) return internal::LoadVersion(reader, TRY(VersionRef::Parse(text)));
    const auto at = text.rfind('@');
    const ModelName name(text.substr(0, at));
    TRY(internal::CheckModelName(name.value()));
    if (at == std::string_view::npos) return ResolveLatest(reader, name);
    return ResolveAlias(reader, name, text.substr(at + 1));
  });
}

base::Result<void> Registry::SetAlias(const ModelName& model, std::string_view alias, int64_t version,
                                      std::string_view actor) {
  return database_.RunWrite(
      [&](store::Transaction& transaction) { return SetAliasIn(transaction, model, alias, version, actor); });
}

base::Result<void> Registry::SetAliasIn(store::Transaction& transaction, const ModelName& model, std::string_view alias,
                                        int64_t version, std::string_view actor) {
  TRY(internal::CheckAlias(alias));
  const VersionRef ref{.model = model, .version = version};
  TRY(internal::PointAlias(transaction, ref, alias, actor));
  return internal::Telling(links_.changes, transaction).AliasSet(ref, alias);
}

base::Result<void> Registry::DeleteAlias(const ModelName& model, std::string_view alias, std::string_view actor) {
  return database_.RunWrite([&](store::Transaction& transaction) -> base::Result<void> {
    TRY(internal::DropAlias(transaction, model, alias, actor));
    return internal::Telling(links_.changes, transaction).AliasDeleted(model, alias);
  });
}

base::Result<void> Registry::SetTag(const VersionRef& ref, std::string_view key, std::string_view value,
                                    std::string_view actor) {
  TRY(internal::CheckTag(key, value));
  return database_.RunWrite([&](store::Transaction& transaction) -> base::Result<void> {
    TRY(internal::WriteTag(transaction, ref, key, value, actor));
    return internal::Telling(links_.changes, transaction).VersionTagSet(ref, key, value);
  });
}

base::Result<void> Registry::DeleteTag(const VersionRef& ref, std::string_view key, std::string_view actor) {
  return database_.RunWrite([&](store::Transaction& transaction) -> base::Result<void> {
    TRY(internal::RemoveTag(transaction, ref, key, actor));
    return internal::Telling(links_.changes, transaction).VersionTagDeleted(ref, key);
  });
}

base::Result<void> Registry::Delete(const VersionRef& ref, std::string_view actor) {
  TRY(CheckUnused(ref.model, ref.version));
  return database_.RunWrite(
      [&](store::Transaction& transaction) { return internal::HideVersion(transaction, ref, actor); });
}

}  // namespace gyre::registry
