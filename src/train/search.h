#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/cancel.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "model/trained.h"
#include "train/dataset.h"
#include "train/spec.h"

namespace gyre::train {

/// One set of parameters and how it did.
struct Trial {
  size_t number = 0;
  uint64_t seed = 0;
  base::Json params;                ///< all, defaults included
  std::vector<double> fold_scores;  ///< greater is better, losses negated; NaN where the metric is not defined
  double mean = 0;
  double std = 0;      ///< over folds, denominator n as scikit-learn's std_test_score
  double seconds = 0;  ///< of training and scoring, summed over folds
};

/// Where finished trials go (tracked runs, progress). Called on the thread that runs the search, in order of trial
/// number.
class TrialSink {
 public:
  virtual ~TrialSink() = default;
  /// An error ends the search.
  virtual base::Result<void> OnTrial(const Trial& trial) = 0;
};

struct SearchOptions {
  size_t threads = 1;  ///< trials and folds side by side; results do not depend on it
  base::Cancellation cancel;
  std::vector<int32_t> given_folds;  ///< for folds of kind "given": the fold of each row
};

struct SearchResult {
  std::vector<Trial> trials;
  size_t best = 0;            ///< the highest mean, the earliest on a tie
  model::TrainedModel model;  ///< the best parameters, trained on all rows
};

/// Scores every trial of the spec by cross-validation, then trains the best on all rows. Encodings are fitted inside
/// each fold. Holds the encoded training rows of all folds in memory.
base::Result<SearchResult> RunSearch(const Dataset& dataset, const TrainSpec& spec, const base::Clock& clock,
                                     TrialSink& sink, const SearchOptions& options = {});

}  // namespace gyre::train
