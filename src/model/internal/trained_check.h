#pragma once

#include "base/result.h"
#include "model/trained.h"

namespace gyre::model::internal {

/// That evaluating the model stays within its arrays and ends: what a model read from outside must pass.
base::Result<void> CheckTrained(const TrainedModel& model);

}  // namespace gyre::model::internal
