#include "adopt/internal/model_files.h"

#include "base/text.h"
#include "model/bundle.h"
#include "onnx/external_data.h"

namespace gyre::adopt::internal {
namespace {

constexpr std::string_view kRuns = "runs:/";

base::Error NotServable(const std::string& version, std::string_view why) {
  return base::Unprocessable(fmt::format("{} cannot be served: {}", version, why), version);
}

}  // namespace

base::Result<std::string> Located(std::string_view uri, registry::Origins& origins) {
  if (!uri.starts_with(kRuns)) return std::string(uri);
  const auto rest = uri.substr(kRuns.size());
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto run = TRY(origins.FindRun(rest.substr(0, slash)));
  if (!run) return std::string(uri);
  return run->artifact_uri + std::string(rest.substr(slash));
}

base::Result<ModelFiles> ModelFiles::Find(const registry::ModelVersion& version, registry::ArtifactTree& tree,
                                          registry::Origins& origins, blob::BlobStore& blobs) {
  const auto name = version.ref.ToString();
  const auto uri = TRY(Located(version.storage_location.empty() ? version.source : version.storage_location, origins));
  ModelFiles files(name, TRY(tree.Files(uri)), blobs);
  if (files.files_.empty()) {
    return NotServable(name, fmt::format("there are no files at {} on this server; upload the model as an artifact, "
                                         "then deploy again",
                                         uri));
  }
  if (!files.files_.contains(std::string(kMlmodelName))) return files;
  auto mlmodel = ReadMlmodel(TRY(files.Read(kMlmodelName)));
  if (!mlmodel) return NotServable(name, mlmodel.error().message());
  files.mlmodel_ = std::move(*mlmodel);
  return files;
}

base::Result<std::string> ModelFiles::Read(std::string_view name) const {
  const auto found = files_.find(std::string(name));
  if (found == files_.end()) {
    return base::NotFound(fmt::format("the model {} has no file '{}'", version_, name), std::string(name));
  }
  return blobs_->Get(found->second.digest, model::kMaxBundleBytes);
}

base::Result<std::string> ModelFiles::OnnxName() const {
  if (!mlmodel_.onnx_file.empty()) return mlmodel_.onnx_file;
  std::vector<std::string> graphs;
  for (const auto& [name, ref] : files_) {
    // A version of a single file is at the place itself.
    if (name.ends_with(".onnx") || (name.empty() && files_.size() == 1)) graphs.push_back(name);
  }
  if (graphs.size() == 1) return graphs.front();
  if (!graphs.empty()) {
    return NotServable(version_, fmt::format("it has more than one ONNX file ({}) and no MLmodel that says which; "
                                             "register the folder of one",
                                             base::Join(graphs, ", ")));
  }
  const auto flavors = mlmodel_.flavors.empty() ? std::string("its files are of no flavor that MLmodel names")
                                                : fmt::format("its flavors are {}", base::Join(mlmodel_.flavors, ", "));
  return NotServable(version_, fmt::format("it holds no ONNX model; {}. Convert it and log it with "
                                           "mlflow.onnx.log_model, or register the ONNX file",
                                           flavors));
}

base::Result<std::string> ModelFiles::ReadOnnx() const {
  const auto name = TRY(OnnxName());
  auto graph = Read(name);
  if (!graph) return NotServable(version_, graph.error().message());
  const auto folder = name.substr(0, name.rfind('/') == std::string::npos ? 0 : name.rfind('/') + 1);
  auto whole = onnx::InlineExternalData(std::move(*graph),
                                        [&](std::string_view beside) { return Read(folder + std::string(beside)); });
  if (!whole) return NotServable(version_, whole.error().message());
  return whole;
}

}  // namespace gyre::adopt::internal
