#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "model/trained.h"
#include "train/algorithm.h"
#include "train/dataset.h"
#include "train/fit.h"
#include "train/internal/dot_products.h"
#include "train/internal/ranked.h"
#include "train/internal/rows.h"

namespace gyre::train::internal {

/// Training rows with all that does not depend on the parameters a search varies, made once and shared by its trials.
struct Prepared {
  std::vector<model::ColumnEncoding> encodings;
  std::vector<std::string> classes;
  Rows rows;                            ///< for an SVM in ascending order of class, stably
  std::optional<RankedColumns> ranked;  ///< for a forest
  std::optional<DotProducts> dots;      ///< for an SVM on few rows
};

/// `params` decide which algorithm it is for, and whether numbers are standardised.
base::Result<Prepared> Prepare(const Dataset& dataset, const AlgorithmParams& params);

base::Result<model::TrainedModel> FitPrepared(const Prepared& prepared, const AlgorithmParams& params,
                                              const FitOptions& options);

}  // namespace gyre::train::internal
