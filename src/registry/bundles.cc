#include "base/text.h"
#include "registry/internal/bundle_files.h"
#include "registry/internal/checks.h"
#include "registry/internal/version_rows.h"
#include "registry/registry.h"

namespace gyre::registry {

base::Result<ModelVersion> Registry::Servable(const VersionRef& ref) {
  auto version = TRY(Get(ref));
  if (version.has_bundle()) return version;
  if (links_.bundler == nullptr) {
    return base::Unprocessable(
        fmt::format("{} has no model in ONNX form, so it cannot be served; register one", ref.ToString()),
        ref.ToString());
  }
  return AttachBundle(ref, TRY(links_.bundler->MakeBundle(version)));
}

base::Result<ModelVersion> Registry::AttachBundle(const VersionRef& ref, const model::Bundle& bundle) {
  const auto stored = TRY(internal::StoreBundle(blobs_, bundle));
  return database_.Write([&](store::Transaction& transaction) -> base::Result<ModelVersion> {
    TRY(internal::InsertBundle(transaction, ref, stored));
    return internal::LoadVersion(transaction, ref);
  });
}

base::Result<void> Registry::Publish(const ModelVersion& version) {
  if (links_.artifacts == nullptr || !version.has_bundle()) return base::Ok();
  if (version.storage_location != internal::BundleUri(version.bundle_digest)) return base::Ok();
  auto files = version.files;
  const auto signature =
      model::Signature::FromJson(TRY(base::ParseJson(TRY(LoadFile(version, "signature.json")), "signature.json")));
  if (!signature) return signature.error().Within(version.ref.ToString());
  files["MLmodel"] = TRY(blobs_.Put(internal::MlmodelText(*signature)));
  return links_.artifacts->Link(version.storage_location, files);
}

base::Result<std::string> Registry::DownloadUri(const VersionRef& ref) {
  const auto version = TRY(Get(ref));
  TRY(Publish(version));
  return version.storage_location.empty() ? version.source : version.storage_location;
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
