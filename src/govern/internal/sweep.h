#pragma once

#include <functional>
#include <string>
#include <vector>

#include "artifacts/artifact_store.h"
#include "base/cancel.h"
#include "base/hash.h"
#include "blob/blob_store.h"
#include "store/database.h"

namespace gyre::govern::internal {

/// Digests that the metadata names.
class NamedBlobs {
 public:
  /// Asks every module that keeps blobs, in one view of the database. Artifacts at or below `without` do not count.
  static base::Result<NamedBlobs> Find(store::Database& database, const std::vector<std::string>& without);

  bool Contains(const base::Digest& digest) const;

 private:
  std::vector<base::Digest> digests_;  ///< sorted: 32 bytes each, for there may be millions
};

struct SweepCounts {
  artifacts::Amount stored;
  artifacts::Amount removed;
  artifacts::Amount spared;
};

/// Removes the blobs that are not named and not about to be; `on_progress` gets 0 to 1. A dry run only counts.
/// `counts` are right after an error too.
base::Result<void> Sweep(blob::Collection& collection, const NamedBlobs& named, bool dry_run,
                         const base::Cancellation& cancel, const std::function<void(double)>& on_progress,
                         SweepCounts& counts);

}  // namespace gyre::govern::internal
