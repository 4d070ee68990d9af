#include "tracking/experiment.h"

namespace gyre::tracking {

std::string_view LifecycleStageName(LifecycleStage stage) {
  return stage == LifecycleStage::kActive ? "active" : "deleted";
}

base::Json Experiment::ToJson() const {
  return {{"id", id.value()},
          {"name", name},
          {"stage", LifecycleStageName(stage)},
          {"created_at", base::FormatTimestamp(created_at)},
          {"updated_at", base::FormatTimestamp(updated_at)},
          {"tags", tags}};
}

}  // namespace gyre::tracking
