#pragma once

#include "search/entity.h"

namespace gyre::registry::internal {

/// What models and versions may be searched by, as MLflow has it.
extern const search::Entity kModelEntity;
extern const search::Entity kVersionEntity;

}  // namespace gyre::registry::internal
