#include "train/internal/forest.h"

#include <cmath>

#include "stats/random.h"
#include "train/internal/parallel.h"
#include "train/internal/tree.h"

namespace gyre::train::internal {
namespace {

/// Puts the trees' leaves into one table, shares divided by the number of trees.
model::TreeEnsemble Assemble(std::vector<GrownTree> grown) {
  model::TreeEnsemble ensemble;
  const auto trees = static_cast<double>(grown.size());
  int32_t offset = 0;
  for (auto& tree : grown) {
    int32_t leaves = 0;
    for (auto& node : tree.nodes) {
      if (node.leaf < 0) continue;
      node.leaf += offset;
      ++leaves;
    }
    offset += leaves;
    for (const double share : tree.leaf_shares) ensemble.leaf_values.push_back(static_cast<float>(share / trees));
    ensemble.trees.push_back(std::move(tree.nodes));
  }
  return ensemble;
}

}  // namespace

size_t FeaturesPerSplit(const ForestParams& params, size_t features) {
  using Rule = ForestParams::Features;
  const auto all = static_cast<double>(features);
  double tried = all;
  if (params.features_rule == Rule::kSqrt) tried = std::sqrt(all);
  if (params.features_rule == Rule::kLog2) tried = std::log2(all);
  if (params.features_rule == Rule::kCount) tried = params.max_features;
  if (params.features_rule == Rule::kShare) tried = params.max_features * all;
  return static_cast<size_t>(std::clamp(tried, 1.0, all));
}

base::Result<model::TreeEnsemble> GrowForest(const Rows& rows, const RankedColumns& columns, const ForestParams& params,
                                             uint64_t seed, size_t threads, const base::Cancellation& cancel) {
  std::vector<GrownTree> grown(static_cast<size_t>(params.n_estimators));
  const auto weights = ClassWeights(rows, params.balanced);
  TRY(ParallelFor(grown.size(), threads, cancel, [&](size_t t) -> base::Result<void> {
    TreeGrower grower(rows, columns, weights, params, stats::StreamSeed(seed, t));
    grown[t] = grower.Grow();
    return base::Ok();
  }));
  return Assemble(std::move(grown));
}

}  // namespace gyre::train::internal
