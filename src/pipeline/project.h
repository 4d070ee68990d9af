#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "blob/blob_store.h"
#include "pipeline/spec.h"
#include "pipeline/step_runner.h"
#include "store/database.h"

namespace gyre::pipeline {

using ProjectName = base::Id<struct ProjectNameTag>;
using SnapshotId = base::Id<struct SnapshotIdTag>;  ///< 64 hexadecimal digits

/// A project as it was when it was sent: gyre.yaml and every file its steps read. Runs work on a snapshot, never on a
/// folder, so a run can be repeated after the folder is gone. Immutable.
struct Snapshot {
  SnapshotId id;  ///< digest over paths and contents: the same files are the same snapshot
  ProjectName project;
  std::map<std::string, blob::BlobRef> files;  ///< by path relative to the project, "/" between parts
  base::Json spec;                             ///< gyre.yaml, parsed
  base::Timestamp created_at;

  base::Result<PipelineSpec> Pipeline(const PipelineName& name) const;
};

/// The file every project has.
inline constexpr std::string_view kProjectFile = "gyre.yaml";

/// Relative, without "..", not hidden; at most 255 characters a part.
base::Result<void> CheckProjectPath(std::string_view path);

/// Snapshots by id and the newest of each project. Thread-safe.
class Projects {
 public:
  /// All must outlive it.
  static base::Result<std::unique_ptr<Projects>> Open(store::Database& database, blob::BlobStore& blobs,
                                                      const StepRunner& runner);

  /// Of these digests the ones whose bytes have yet to be sent.
  base::Result<std::vector<base::Digest>> Missing(const std::vector<base::Digest>& digests);

  /// gyre.yaml among these files, parsed but not checked.
  base::Result<base::Json> ReadSpec(const std::map<std::string, base::Digest>& files);

  /// Checks gyre.yaml as a whole (every pipeline, every step) and remembers the snapshot as the project's newest. All
  /// blobs must be there. The name comes from gyre.yaml ("project").
  base::Result<Snapshot> Save(const std::map<std::string, base::Digest>& files, std::string_view actor);

  base::Result<Snapshot> Get(const SnapshotId& id);
  base::Result<Snapshot> Newest(const ProjectName& project);
  base::Result<std::vector<Snapshot>> List();

 private:
  Projects(store::Database& database, blob::BlobStore& blobs, const StepRunner& runner)
      : database_(database), blobs_(blobs), runner_(runner) {}
  base::Result<void> CheckPipelines(const Snapshot& snapshot) const;

  store::Database& database_;
  blob::BlobStore& blobs_;
  const StepRunner& runner_;
};

}  // namespace gyre::pipeline
