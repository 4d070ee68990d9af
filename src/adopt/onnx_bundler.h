#pragma once

#include <filesystem>

#include "base/log.h"
#include "blob/blob_store.h"
#include "onnx/runtime.h"
#include "registry/links.h"
#include "tracking/tracker.h"

namespace gyre::adopt {

/// Gives a version that an MLflow client made what a built-in one has: signature (from the graph, with the names that
/// MLmodel knows), golden rows (from the dataset or the input example), reference profile (from a dataset that its run
/// logged), metrics and lineage of the run, a card. Thread-safe.
///
/// Of the datasets of a run those can be read that lie in the tree of artifacts or, if `local_datasets`, in files of
/// this machine; the one for training first. What cannot be read is left out, and logged.
class OnnxBundler final : public registry::Bundler {
 public:
  struct Options {
    std::filesystem::path work_folder;  ///< made if it is not there
    bool local_datasets = false;        ///< clients are of this machine, so its files are theirs to name
  };
  struct Deps {
    registry::ArtifactTree& tree;
    registry::Origins& origins;
    tracking::Tracker& tracker;
    blob::BlobStore& blobs;
    onnx::Runtime& onnx;
    base::Logger& log;
  };
  OnnxBundler(Options options, const Deps& deps) : options_(std::move(options)), deps_(deps) {}

  base::Result<model::Bundle> MakeBundle(const registry::ModelVersion& version) override;

 private:
  const Options options_;
  const Deps deps_;
};

}  // namespace gyre::adopt
