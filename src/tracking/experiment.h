#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/id.h"
#include "base/json.h"
#include "base/time.h"

namespace gyre::tracking {

using ExperimentId = base::Id<struct ExperimentIdTag>;  ///< decimal, as MLflow's; "0" is Default

/// What is deleted is hidden from lists and takes no writes, but still answers by its id, keeps its name taken, and can
/// be restored.
enum class LifecycleStage { kActive, kDeleted };

std::string_view LifecycleStageName(LifecycleStage stage);  ///< "active" or "deleted"

/// A named set of runs. Names are unique among active and deleted ones alike.
struct Experiment {
  ExperimentId id;
  std::string name;
  std::string artifact_location = {};  ///< a URI below which runs and logged models have theirs; it never changes
  LifecycleStage stage = LifecycleStage::kActive;
  base::Timestamp created_at;
  base::Timestamp updated_at;
  std::map<std::string, std::string> tags;

  base::Json ToJson() const;
};

/// Where artifacts of experiments go that name no place: the server's own store.
inline constexpr std::string_view kDefaultArtifactRoot = "mlflow-artifacts:/";

/// Where runs go that name no experiment.
inline constexpr std::string_view kDefaultExperimentId = "0";
inline constexpr std::string_view kDefaultExperimentName = "Default";

}  // namespace gyre::tracking
