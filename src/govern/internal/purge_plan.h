#pragma once

#include <string>
#include <vector>

#include "artifacts/artifact_store.h"
#include "govern/collector.h"
#include "store/database.h"
#include "tracking/purge.h"
#include "tracking/tracker.h"

namespace gyre::govern::internal {

/// A deleted thing that will be removed for good.
struct Doomed {
  tracking::Purged thing;
  std::string folder;  ///< of its artifacts; empty: not in this server's tree, or not its own
};

struct PurgePlan {
  std::vector<Doomed> doomed;  ///< in the order in which they can go
  std::vector<CollectReport::Kept> kept;

  /// None within another.
  std::vector<std::string> Folders() const;
};

std::string_view KindName(tracking::PurgeKind kind);

/// What of the request can go: all but what holds files that a version of the registry is fetched from, or is the run
/// that it names.
base::Result<PurgePlan> MakePurgePlan(store::Database& database, tracking::Tracker& tracker,
                                      const CollectRequest& request, base::Timestamp now);

}  // namespace gyre::govern::internal
