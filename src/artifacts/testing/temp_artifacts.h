#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "artifacts/artifact_store.h"
#include "base/testing/manual_clock.h"
#include "base/testing/seeded_entropy.h"

namespace gyre::artifacts::testing {

/// A tree of artifacts over a database and blobs in a folder that goes with it.
class TempArtifacts {
 public:
  ArtifactStore& operator*() { return *artifacts_; }
  ArtifactStore* operator->() { return artifacts_.get(); }
  store::Database& database() { return *database_; }
  blob::BlobStore& blobs() { return *blobs_; }
  base::testing::ManualClock& clock() { return clock_; }
  base::Entropy& entropy() { return entropy_; }
  const std::filesystem::path& folder() const { return folder_.path(); }

  /// The bytes of a file, "" if there is none.
  std::string Content(std::string_view path) {
    const auto file = artifacts_->Find(path);
    return file ? blobs_->Get(file->blob.digest, 1 << 30).value() : "";
  }

  /// Puts small files with their path as their content.
  void Fill(std::initializer_list<std::string_view> paths) {
    for (const auto path : paths) artifacts_->Put(path, path).value();
  }

 private:
  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-artifacts").value();
  base::testing::ManualClock clock_{base::FromMicros(1'700'000'000'000'000)};
  base::testing::SeededEntropy entropy_{11};
  std::unique_ptr<store::Database> database_ =
      store::Database::Open({.path = folder_.path() / "meta.db"}, clock_, entropy_).value();
  std::unique_ptr<blob::BlobStore> blobs_ = blob::OpenLocalBlobStore(folder_.path() / "blobs", clock_).value();
  std::unique_ptr<ArtifactStore> artifacts_ = ArtifactStore::Open(*database_, *blobs_).value();
};

}  // namespace gyre::artifacts::testing
