#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "stats/report.h"
#include "train/algorithm.h"
#include "train/folds.h"

namespace gyre::train {

/// Values a random search draws a parameter from.
struct Uniform {
  double low, high;
};
struct LogUniform {
  double low, high;
};
struct IntRange {
  int64_t low, high;  ///< both included
};
using Distribution = std::variant<std::vector<base::Json>, Uniform, LogUniform, IntRange>;

struct SearchSpace {
  enum class Kind { kNone, kGrid, kRandom };
  Kind kind = Kind::kNone;
  size_t trials = 1;  ///< random only
  /// By parameter name, in ascending order.
  std::vector<std::pair<std::string, Distribution>> dimensions;
};

/// What to train, as gyre.yaml gives it:
///   algorithm: random_forest            svm, random_forest or logistic_regression
///   params: {n_estimators: 200}         fixed ones; see algorithm.h
///   search:                             left out: one trial with `params`
///     kind: grid                        every combination of lists
///     space: {max_depth: [6, 10, null]}
///   folds: 5                            see folds.h
///   scoring: neg_brier                  any metric of stats/report.h; default accuracy
///   positive_class: rain                for two-class metrics; default the last class
///   seed: 7
/// A random search has `kind: random`, `trials: 20` and, beside lists, {uniform: [low, high]}, {loguniform: [low,
/// high]} and {int: [low, high]}.
struct TrainSpec {
  std::string algorithm;
  base::Json params;  ///< as given
  SearchSpace search;
  FoldPlan folds;
  stats::Scoring scoring;
  std::optional<std::string> positive_class;
  uint64_t seed = 0;

  size_t TrialCount() const;
  /// The parameters of one trial, as `params` with the searched ones put in. A grid counts like sklearn's
  /// ParameterGrid: names ascending, the last one fastest.
  base::Json TrialParams(size_t trial) const;
  /// The seed of one trial; nothing else of the trial depends on the study's seed.
  uint64_t TrialSeed(size_t trial) const;
};

/// Reads and checks a spec; `path` is where it stands, for errors ("pipelines.train.steps[2].with"). Every combination
/// of a grid and every bound of a distribution is tried against the algorithm's rules, so that a search cannot fail
/// half-way on a bad parameter.
base::Result<TrainSpec> ParseTrainSpec(const base::Json& json, const std::string& path);

}  // namespace gyre::train
