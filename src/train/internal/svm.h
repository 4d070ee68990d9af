#pragma once

#include "base/cancel.h"
#include "base/result.h"
#include "model/trained.h"
#include "train/algorithm.h"
#include "train/internal/dot_products.h"
#include "train/internal/rows.h"

namespace gyre::train::internal {

/// Trains libsvm's C-SVC. `rows` must be in ascending order of class; `dots` are theirs, or null if they are too many.
/// With `probabilities`, sigmoids are fitted to decisions over rows held out by a stratified five-fold (fewer if a
/// class is smaller), drawn from `seed`; libsvm would draw its own from rand().
base::Result<model::SvmClassifier> FitSvm(const Rows& rows, const DotProducts* dots, const SvmParams& params,
                                          bool probabilities, uint64_t seed, const base::Cancellation& cancel);

/// Rounded to float32: what the model says is what was trained.
double ResolveGamma(const SvmParams& params, const Rows& rows);

}  // namespace gyre::train::internal
