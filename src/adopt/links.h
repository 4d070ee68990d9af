#pragma once

#include "artifacts/artifact_store.h"
#include "registry/links.h"
#include "tracking/tracker.h"

namespace gyre::adopt {

/// The registry's view of the tree of artifacts. Both are thread-safe.
class TreeOfArtifacts final : public registry::ArtifactTree {
 public:
  explicit TreeOfArtifacts(artifacts::ArtifactStore& store) : store_(store) {}
  base::Result<std::map<std::string, blob::BlobRef>> Files(std::string_view uri) override;
  base::Result<void> Link(std::string_view uri, const std::map<std::string, blob::BlobRef>& files) override;

 private:
  artifacts::ArtifactStore& store_;
};

/// The registry's view of runs and logged models.
class TrackedOrigins final : public registry::Origins {
 public:
  explicit TrackedOrigins(tracking::Tracker& tracker) : tracker_(tracker) {}
  base::Result<std::optional<Origin>> FindRun(std::string_view run_id) override;
  base::Result<std::optional<Origin>> FindLoggedModel(std::string_view model_id) override;
  /// In the tag as MLflow keeps it: a list in JSON of {"name", "version"}.
  base::Result<void> NoteVersion(std::string_view model_id, const registry::VersionRef& version) override;

 private:
  tracking::Tracker& tracker_;
};

}  // namespace gyre::adopt
