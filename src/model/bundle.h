#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/json.h"
#include "base/result.h"
#include "model/frame.h"
#include "model/profile.h"
#include "model/signature.h"

namespace gyre::model {

class Executor;

/// Rows with their expected answers: a graph that no longer gives them is broken.
struct GoldenRows {
  Frame features;
  std::vector<std::string> labels;  ///< empty for a regression
  Scores probabilities;             ///< no values if the graph gives none
  std::vector<float> values;        ///< of a regression
  double tolerance = 1e-5;          ///< absolute, on probabilities; relative to 1 + |value| on values

  base::Json ToJson() const;
  /// Features are read by the signature, but not checked against its bounds.
  static base::Result<GoldenRows> FromJson(const base::Json& json, const Signature& signature);
};

/// That `executor` gives the expected answers. kUnprocessable names the first row that is answered differently.
base::Result<void> CheckGolden(const Executor& executor, const GoldenRows& golden);

/// Everything a model version's later life needs, as files of one folder (docs/formats/bundle.md):
///   model.onnx signature.json golden.json profile.json metrics.json lineage.json card.md
/// Only model.onnx and signature.json are required: a graph from outside has no more. Other files are left alone.
struct Bundle {
  std::string onnx;  ///< the serialized graph
  Signature signature;
  GoldenRows golden;                          ///< no rows if absent
  ReferenceProfile profile;                   ///< no rows if absent
  base::Json metrics = base::Json::object();  ///< {"accuracy": 0.95, ...} on the test rows, {} if absent
  base::Json lineage = base::Json::object();  ///< {"pipeline_run", "datasets", "params", "code", "environment", ...}
  std::string card;                           ///< the model card, Markdown

  /// The files by name, serialized the same way every time: equal bundles give equal bytes.
  std::map<std::string, std::string> ToFiles() const;
  static base::Result<Bundle> FromFiles(const std::map<std::string, std::string>& files);
};

/// Makes `folder`, which must not exist or be empty, with all files or not at all.
base::Result<void> WriteBundle(const Bundle& bundle, const std::filesystem::path& folder);
/// Reads at most `kMaxBundleBytes` in all.
base::Result<Bundle> ReadBundle(const std::filesystem::path& folder);

inline constexpr uint64_t kMaxBundleBytes = 2ULL << 30;

/// Digest over the sorted file names and their digests: the identity of a bundle's content.
base::Digest BundleDigest(const std::map<std::string, std::string>& files);

}  // namespace gyre::model
