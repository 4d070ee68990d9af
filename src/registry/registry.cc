#include "registry/registry.h"

#include "base/text.h"
#include "registry/internal/checks.h"
#include "registry/internal/model_rows.h"
#include "registry/internal/schema.h"
#include "registry/internal/version_rows.h"

namespace gyre::registry {
namespace {

/// What could never be loaded again is not registered.
base::Result<void> CheckFiles(const model::Bundle& bundle, const std::map<std::string, std::string>& files) {
  if (bundle.onnx.empty())
    return base::InvalidArgument("the bundle has no graph; package the model first", "model.onnx");
  const auto signature = model::Signature::FromJson(bundle.signature.ToJson());
  if (!signature) return signature.error().Within("the bundle's signature");
  uint64_t total = 0;
  for (const auto& [name, bytes] : files) total += bytes.size();
  if (total <= model::kMaxBundleBytes) return base::Ok();
  return base::TooLarge(fmt::format("the bundle has {}, at most {} are kept", base::FormatBytes(total),
                                    base::FormatBytes(model::kMaxBundleBytes)),
                        "bundle");
}

/// The files are durable before the version that names them can be seen.
base::Result<internal::StoredBundle> StoreFiles(blob::BlobStore& blobs, const model::Bundle& bundle) {
  const auto files = bundle.ToFiles();
  TRY(CheckFiles(bundle, files));
  internal::StoredBundle stored{.digest = model::BundleDigest(files), .files = {}, .metrics = bundle.metrics};
  if (stored.metrics.is_null()) stored.metrics = base::Json::object();
  for (const auto& [name, bytes] : files) {
    auto ref = blobs.Put(bytes);
    if (!ref) return ref.error().Within(fmt::format("storing {}", name));
    stored.files.emplace(name, *ref);
  }
  return stored;
}

base::Result<void> SetAliases(store::Transaction& transaction, const VersionRef& ref, const RegisterOptions& options) {
  for (const auto& alias : options.aliases) TRY(internal::PointAlias(transaction, ref, alias, options.actor));
  for (const auto& alias : options.aliases_if_absent) {
    if (TRY(internal::AliasedVersion(transaction, ref.model, alias))) continue;
    TRY(internal::PointAlias(transaction, ref, alias, options.actor));
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
  const auto stored = TRY(StoreFiles(blobs_, bundle));
  return database_.Write([&](store::Transaction& transaction) -> base::Result<ModelVersion> {
    if (!options.pipeline_run.empty()) {
      const auto made = TRY(internal::FindRegistered(transaction, model, options.pipeline_run, stored.digest));
      if (made) return internal::LoadVersion(transaction, {.model = model, .version = *made});
    }
    TRY(internal::EnsureModel(transaction, model, options.actor));
    const auto ref = TRY(internal::InsertVersion(transaction, model, stored, options));
    TRY(SetAliases(transaction, ref, options));
    return internal::LoadVersion(transaction, ref);
  });
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
  return internal::PointAlias(transaction, {.model = model, .version = version}, alias, actor);
}

base::Result<void> Registry::DeleteAlias(const ModelName& model, std::string_view alias, std::string_view actor) {
  return database_.RunWrite(
      [&](store::Transaction& transaction) { return internal::DropAlias(transaction, model, alias, actor); });
}

base::Result<void> Registry::SetTag(const VersionRef& ref, std::string_view key, std::string_view value,
                                    std::string_view actor) {
  TRY(internal::CheckTag(key, value));
  return database_.RunWrite(
      [&](store::Transaction& transaction) { return internal::WriteTag(transaction, ref, key, value, actor); });
}

base::Result<void> Registry::Delete(const VersionRef& ref, std::string_view actor) {
  return database_.RunWrite(
      [&](store::Transaction& transaction) { return internal::HideVersion(transaction, ref, actor); });
}

base::Result<model::Bundle> Registry::LoadBundle(const ModelVersion& version) {
  std::map<std::string, std::string> files;
  uint64_t total = 0;
  for (const auto& [name, ref] : version.files) {
    total += ref.size;
    if (total > model::kMaxBundleBytes) {
      return base::TooLarge(fmt::format("model version {} is over {}; load its files one by one",
                                        version.ref.ToString(), base::FormatBytes(model::kMaxBundleBytes)),
                            version.ref.ToString());
    }
    files.emplace(name, TRY(LoadFile(version, name)));
  }
  auto bundle = model::Bundle::FromFiles(files);
  if (!bundle) return bundle.error().Within(fmt::format("model version {}", version.ref.ToString()));
  return bundle;
}

base::Result<std::string> Registry::LoadFile(const ModelVersion& version, std::string_view file) {
  const auto named = version.files.find(std::string(file));
  if (named == version.files.end()) {
    std::vector<std::string> known;
    for (const auto& [name, ref] : version.files) known.push_back(name);
    return base::NotFound(fmt::format("model version {} has no file {}; it has: {}", version.ref.ToString(),
                                      internal::Quoted(file), base::Join(known, ", ")),
                          std::string(file));
  }
  auto bytes = blobs_.Get(named->second.digest, model::kMaxBundleBytes);
  if (bytes) return bytes;
  const auto code = bytes.error().code();
  if (code != base::ErrorCode::kCorrupt && code != base::ErrorCode::kNotFound) {
    return bytes.error().Within(fmt::format("model version {}, file {}", version.ref.ToString(), file));
  }
  return base::Corrupt(fmt::format("file {} of model version {} is {} ({}); restore the blob from a backup, or use "
                                   "another version",
                                   file, version.ref.ToString(),
                                   code == base::ErrorCode::kCorrupt ? "damaged" : "missing", bytes.error().message()),
                       fmt::format("{}/{}", version.ref.ToString(), file));
}

}  // namespace gyre::registry
