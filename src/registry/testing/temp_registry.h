#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "base/file.h"
#include "base/testing/manual_clock.h"
#include "base/testing/seeded_entropy.h"
#include "blob/blob_store.h"
#include "registry/registry.h"
#include "store/database.h"

namespace gyre::registry::testing {

/// A registry on a real database and real files in a temporary folder, with time that stands still.
class TempRegistry {
 public:
  TempRegistry() { Reopen(); }

  /// Closes everything and opens it again, as a restart does.
  void Reopen() {
    registry_.reset();
    database_.reset();
    blobs_ = blob::OpenLocalBlobStore(folder_.path() / "blobs").value();
    database_ = store::Database::Open({.path = folder_.path() / "meta.db"}, clock_, entropy_).value();
    registry_ = Registry::Open(*database_, *blobs_).value();
  }

  Registry& operator*() { return *registry_; }
  Registry* operator->() { return registry_.get(); }
  store::Database& database() { return *database_; }
  base::testing::ManualClock& clock() { return clock_; }

  std::string ReadBlob(const base::Digest& digest) { return blobs_->Get(digest, 1 << 20).value(); }
  /// Where a blob lies, for tests that damage it.
  std::filesystem::path BlobPath(const base::Digest& digest) const {
    const auto hex = digest.ToHex();
    return folder_.path() / "blobs" / "sha256" / hex.substr(0, 2) / hex;
  }

 private:
  base::TempFolder folder_ =
      base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-registry-test").value();
  base::testing::ManualClock clock_{base::ParseTimestamp("2013-10-01").value()};
  base::testing::SeededEntropy entropy_{7};
  std::unique_ptr<blob::BlobStore> blobs_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<Registry> registry_;
};

/// A bundle of graph bytes that differ with `seed`: the registry keeps them, it does not run them.
inline model::Bundle SmallBundle(int seed) {
  model::Bundle bundle;
  bundle.onnx = "graph " + std::to_string(seed);
  bundle.signature.inputs = {{.name = "humid", .minimum = 0, .maximum = 100, .categories = {}}};
  bundle.signature.classes = {"no", "rain"};
  bundle.signature.positive_class = "rain";
  bundle.metrics = {{"accuracy", 0.5 + 0.01 * seed}};
  bundle.lineage = {{"seed", seed}};
  bundle.card = "# Rain\n";
  return bundle;
}

}  // namespace gyre::registry::testing
