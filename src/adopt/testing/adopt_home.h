#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <string>

#include "adopt/links.h"
#include "adopt/onnx_bundler.h"
#include "base/file.h"
#include "base/testing/manual_clock.h"
#include "base/testing/seeded_entropy.h"
#include "onnx/graph_builder.h"
#include "registry/registry.h"

namespace gyre::adopt::testing {

/// Artifacts, runs and the registry, wired as the server does it, in a temporary folder.
class AdoptHome {
 public:
  AdoptHome() { registry_->Connect({.artifacts = &tree_, .origins = &origins_, .bundler = bundler_.get()}); }

  artifacts::ArtifactStore& artifacts() { return *artifacts_; }
  tracking::Tracker& tracker() { return *tracker_; }
  registry::Registry& registry() { return *registry_; }
  TrackedOrigins& origins() { return origins_; }
  const std::filesystem::path& folder() const { return folder_.path(); }

  /// A run of the default experiment.
  tracking::Run MakeRun() { return tracker_->CreateRun({.experiment = tracking::ExperimentId("0")}, "ann").value(); }
  /// Writes a file at and below the run's place of artifacts.
  void Write(const tracking::Run& run, const std::string& name, std::string_view bytes) {
    const auto path = run.artifact_uri.substr(std::string("mlflow-artifacts:/").size()) + "/" + name;
    EXPECT_TRUE(artifacts_->Put(path, bytes)) << path;
  }
  /// Writes a file on this machine.
  std::string WriteLocal(const std::string& name, std::string_view bytes) {
    const auto path = folder_.path() / name;
    EXPECT_TRUE(base::WriteFileAtomic(path, bytes));
    return path.string();
  }

 private:
  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-adopt-test").value();
  base::testing::ManualClock clock_{base::ParseTimestamp("2026-01-01").value()};
  base::testing::SeededEntropy entropy_{5};
  base::Logger log_{{.level = base::LogLevel::kOff}};
  onnx::Runtime onnx_;
  std::unique_ptr<blob::BlobStore> blobs_ = blob::OpenLocalBlobStore(folder_.path() / "blobs", clock_).value();
  std::unique_ptr<store::Database> database_ =
      store::Database::Open({.path = folder_.path() / "meta.db"}, clock_, entropy_).value();
  std::unique_ptr<artifacts::ArtifactStore> artifacts_ = artifacts::ArtifactStore::Open(*database_, *blobs_).value();
  std::unique_ptr<tracking::Tracker> tracker_ = tracking::Tracker::Open(*database_).value();
  std::unique_ptr<registry::Registry> registry_ = registry::Registry::Open(*database_, *blobs_).value();
  TreeOfArtifacts tree_{*artifacts_};
  TrackedOrigins origins_{*tracker_};
  std::unique_ptr<OnnxBundler> bundler_ = std::make_unique<OnnxBundler>(
      OnnxBundler::Options{.work_folder = folder_.path() / "work", .local_datasets = true},
      OnnxBundler::Deps{tree_, origins_, *tracker_, *blobs_, onnx_, log_});
};

/// y = 2 a + 3 b of one matrix input.
inline std::string LinearGraph() {
  onnx::GraphBuilder builder("linear", "1");
  builder.Opset("", 13);
  builder.Input("X", onnx::ElementType::kFloat, std::array<int64_t, 2>{-1, 2});
  builder.Output("y", onnx::ElementType::kFloat, std::array<int64_t, 2>{-1, 1});
  builder.Initializer("w", {.shape = {2, 1}, .values = std::vector<float>{2, 3}});
  builder.Node({.op_type = "MatMul", .inputs = {"X", "w"}, .outputs = {"y"}});
  return builder.Serialize().value();
}

}  // namespace gyre::adopt::testing
