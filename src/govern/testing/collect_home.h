#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "artifacts/path.h"
#include "artifacts/testing/temp_artifacts.h"
#include "data/catalog.h"
#include "govern/collector.h"
#include "pipeline/project.h"
#include "pipeline/testing/scripted_runner.h"
#include "registry/registry.h"
#include "registry/testing/temp_registry.h"
#include "tracking/tracker.h"

namespace gyre::govern::testing {

/// All that keeps blobs, over one database, and a collector.
class CollectHome {
 public:
  tracking::Run NewRun(std::string_view file = "") {
    auto run = tracker->CreateRun({.experiment = tracking::ExperimentId("0")}, "tester").value();
    if (!file.empty()) PutFile(run.artifact_uri, file);
    return run;
  }
  /// A file of random bytes, so that no other has its blob.
  artifacts::File PutFile(std::string_view uri, std::string_view name) {
    const auto path = artifacts::Join(*artifacts::PathOfUri(uri), name);
    return tree->Put(path, base::NewHexId(tree.entropy())).value();
  }
  CollectReport Collect(const CollectRequest& request = {}) {
    EXPECT_TRUE(collector.Start(request));
    return collector.Wait(std::chrono::seconds(60));
  }
  bool HasBlob(const base::Digest& digest) {
    return static_cast<bool>(tree.blobs().Read(digest, [](std::string_view) { return base::Ok(); }));
  }
  /// Claims of what the test has put run out.
  void LetClaimsExpire() { tree.clock().Advance(blob::kClaimLasts + std::chrono::minutes(1)); }

  artifacts::testing::TempArtifacts tree;
  base::Logger log{{.level = base::LogLevel::kOff}};
  std::unique_ptr<tracking::Tracker> tracker = tracking::Tracker::Open(tree.database()).value();
  std::unique_ptr<data::Catalog> catalog = data::Catalog::Open(tree.database(), tree.blobs()).value();
  std::unique_ptr<registry::Registry> registry = registry::Registry::Open(tree.database(), tree.blobs()).value();
  pipeline::testing::ScriptedRunner runner{tree.blobs()};
  std::unique_ptr<pipeline::Projects> projects =
      pipeline::Projects::Open(tree.database(), tree.blobs(), runner).value();
  Collector collector{{.database = tree.database(),
                       .blobs = tree.blobs(),
                       .artifacts = *tree,
                       .tracker = *tracker,
                       .clock = tree.clock(),
                       .log = log}};
};

}  // namespace gyre::govern::testing
