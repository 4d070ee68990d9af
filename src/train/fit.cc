#include "train/fit.h"

#include "train/internal/prepared.h"

namespace gyre::train {

base::Result<model::TrainedModel> Fit(const Dataset& dataset, const AlgorithmParams& params,
                                      const FitOptions& options) {
  const auto prepared = TRY(internal::Prepare(dataset, params));
  return internal::FitPrepared(prepared, params, options);
}

}  // namespace gyre::train
