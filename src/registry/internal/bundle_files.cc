#include "registry/internal/bundle_files.h"

#include "base/text.h"

namespace gyre::registry::internal {
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

/// The columns as MLflow writes them: a list in JSON, which is a text in the file.
base::Json Columns(const model::Signature& signature) {
  base::Json columns = base::Json::array();
  for (const auto& feature : signature.inputs) {
    columns.push_back({{"type", feature.type == model::FeatureType::kNumber ? "float" : "string"},
                       {"name", feature.name},
                       {"required", !feature.nullable}});
  }
  return columns;
}

}  // namespace

base::Result<StoredBundle> StoreBundle(blob::BlobStore& blobs, const model::Bundle& bundle) {
  const auto files = bundle.ToFiles();
  TRY(CheckFiles(bundle, files));
  StoredBundle stored{.digest = model::BundleDigest(files), .files = {}, .metrics = bundle.metrics};
  if (stored.metrics.is_null()) stored.metrics = base::Json::object();
  for (const auto& [name, bytes] : files) {
    auto ref = blobs.Put(bytes);
    if (!ref) return ref.error().Within(fmt::format("storing {}", name));
    stored.files.emplace(name, *ref);
  }
  return stored;
}

std::string BundleUri(const base::Digest& digest) {
  return "mlflow-artifacts:/bundles/" + digest.ToHex();
}

std::string MlmodelText(const model::Signature& signature) {
  // JSON is YAML.
  const base::Json document = {
      {"flavors",
       {{"onnx", {{"data", "model.onnx"}, {"providers", {"CPUExecutionProvider"}}, {"code", nullptr}}},
        {"python_function", {{"loader_module", "mlflow.onnx"}, {"data", "model.onnx"}}}}},
      {"signature", {{"inputs", base::DumpJson(Columns(signature))}, {"outputs", nullptr}, {"params", nullptr}}}};
  return base::PrettyJson(document) + "\n";
}

}  // namespace gyre::registry::internal
