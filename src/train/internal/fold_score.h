#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "stats/report.h"
#include "train/dataset.h"
#include "train/folds.h"
#include "train/internal/prepared.h"

namespace gyre::train::internal {

/// One fold, prepared once: trains any parameters on its rows and scores them on the rows it held out. `Score` is
/// thread-safe.
class FoldScorer {
 public:
  FoldScorer() = default;
  static base::Result<FoldScorer> Make(const Dataset& dataset, const Fold& fold, const AlgorithmParams& params,
                                       const stats::Scoring& scoring, int32_t positive);

  base::Result<double> Score(const AlgorithmParams& params, const FitOptions& options) const;

 private:
  stats::Scoring scoring_;
  int32_t positive_ = 0;
  size_t classes_ = 0;
  /// The classes that occur among the training rows, which may be fewer than the dataset's; the rest get probability 0.
  std::vector<int32_t> known_;
  Prepared training_;
  std::vector<float> held_out_;  ///< encoded
  std::vector<int32_t> truth_;
};

}  // namespace gyre::train::internal
