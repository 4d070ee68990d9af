#pragma once

#include "search/entity.h"

namespace gyre::tracing::internal {

/// What MLflow's searches of traces know. `name`, `run_id`, `prompt` and `text` are attributes here; what they stand
/// for is search_sql's.
extern const search::Entity kTraceEntity;

}  // namespace gyre::tracing::internal
