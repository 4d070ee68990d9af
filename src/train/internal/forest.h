#pragma once

#include "base/cancel.h"
#include "base/result.h"
#include "model/trained.h"
#include "train/algorithm.h"
#include "train/internal/ranked.h"
#include "train/internal/rows.h"

namespace gyre::train::internal {

/// Grows the trees of a random forest (Breiman, 2001) as scikit-learn does: each from a bootstrap sample counted as
/// weights; min_samples_* count distinct rows; at least one feature that varies is tried per split; splits on the
/// largest decrease of weighted Gini impurity until leaves are pure or a limit is met. Tree t draws from stream t of
/// `seed`.
base::Result<model::TreeEnsemble> GrowForest(const Rows& rows, const RankedColumns& columns, const ForestParams& params,
                                             uint64_t seed, size_t threads, const base::Cancellation& cancel);

/// How many features a split tries.
size_t FeaturesPerSplit(const ForestParams& params, size_t features);

}  // namespace gyre::train::internal
