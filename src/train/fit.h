#pragma once

#include <cstddef>
#include <cstdint>

#include "base/cancel.h"
#include "base/result.h"
#include "model/trained.h"
#include "train/algorithm.h"
#include "train/dataset.h"

namespace gyre::train {

struct FitOptions {
  uint64_t seed = 0;
  size_t threads = 1;  ///< the model does not depend on it
  /// Fit an SVM's sigmoids too, which costs five further trainings. Without them it gives labels only.
  bool probabilities = true;
  base::Cancellation cancel;
};

/// Trains on all rows of `dataset`, every class of which must occur. Numbers are imputed with their median and, where
/// the parameters say so, standardised; categories are encoded one-hot; all of it fitted on these rows and part of the
/// model. The same dataset, parameters and seed give the same bits.
base::Result<model::TrainedModel> Fit(const Dataset& dataset, const AlgorithmParams& params,
                                      const FitOptions& options = {});

}  // namespace gyre::train
