#pragma once

#include "search/entity.h"

namespace gyre::tracking::internal {

/// What may be searched for, as MLflow has it.
extern const search::Entity kRunEntity;
extern const search::Entity kExperimentEntity;
extern const search::Entity kLoggedModelEntity;

}  // namespace gyre::tracking::internal
