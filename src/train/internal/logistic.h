#pragma once

#include "base/cancel.h"
#include "base/result.h"
#include "model/trained.h"
#include "train/algorithm.h"
#include "train/internal/rows.h"

namespace gyre::train::internal {

/// Minimises, as sklearn's LogisticRegression(solver="lbfgs"), the weighted mean log loss plus |w|^2 / (2 C total
/// weight), intercepts not penalised. With two classes one line of weights, else one per class.
base::Result<model::LinearClassifier> FitLogistic(const Rows& rows, const LogisticParams& params,
                                                  const base::Cancellation& cancel);

}  // namespace gyre::train::internal
