#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace gyre::train {

/// How rows are set aside for scoring.
struct FoldPlan {
  enum class Kind {
    kStratified,  ///< each fold has the class shares of the whole, as sklearn's StratifiedKFold
    kTime,        ///< rows are in time order; each fold trains on all rows before those it scores (TimeSeriesSplit)
    kGiven,       ///< the caller assigns rows to folds
  };
  Kind kind = Kind::kStratified;
  size_t count = 5;
  bool shuffle = true;  ///< stratified only; without it rows go to folds in the order they come

  base::Json ToJson() const;
};

/// Reads 5, or {"kind": "stratified" | "time", "count": 5, "shuffle": true}, or {"kind": "given"}.
base::Result<FoldPlan> ParseFoldPlan(const base::Json& json, const std::string& path);

struct Fold {
  std::vector<size_t> train;  ///< ascending row numbers
  std::vector<size_t> score;
};

/// Fails where a plan cannot be met: fewer rows (or rows of every class) than folds. `given` is used by kGiven only:
/// the fold of each row, counted from 0; rows with -1 are trained on by all and scored by none.
base::Result<std::vector<Fold>> MakeFolds(const FoldPlan& plan, const std::vector<int32_t>& labels, uint64_t seed,
                                          const std::vector<int32_t>& given = {});

/// Fold of each row by StratifiedKFold's rule. `count` may exceed the rows of some classes, not of all.
std::vector<int32_t> StratifiedAssignment(const std::vector<int32_t>& labels, size_t count, bool shuffle,
                                          uint64_t seed);

}  // namespace gyre::train
