#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "tracking/experiment.h"
#include "tracking/inputs.h"
#include "tracking/run.h"

namespace gyre::tracking {

/// Which deleted things to remove for good. Named ones must be deleted already, whenever that was.
struct PurgeScope {
  /// Those deleted at this time or before, if nothing is named.
  std::optional<base::Timestamp> deleted_before = {};
  std::vector<RunId> runs = {};
  std::vector<ExperimentId> experiments = {};
  std::vector<LoggedModelId> models = {};

  bool NamesAny() const { return !runs.empty() || !experiments.empty() || !models.empty(); }
};

enum class PurgeKind { kRun, kLoggedModel, kExperiment };

/// One thing that is or was removed; everything at or below `artifact_uri` belongs to it alone.
struct Purged {
  PurgeKind kind = PurgeKind::kRun;
  std::string id;
  std::string artifact_uri;
  base::Timestamp deleted_at;
};

}  // namespace gyre::tracking
