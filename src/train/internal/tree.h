#pragma once

#include <cstdint>
#include <vector>

#include "model/trained.h"
#include "stats/random.h"
#include "train/algorithm.h"
#include "train/internal/ranked.h"
#include "train/internal/rows.h"
#include "train/internal/split.h"

namespace gyre::train::internal {

struct GrownTree {
  std::vector<model::TreeNode> nodes;  ///< leaves numbered from 0
  std::vector<double> leaf_shares;     ///< row-major, leaves x classes, each row summing to 1
};

/// Grows one tree depth first. Used once.
class TreeGrower {
 public:
  TreeGrower(const Rows& rows, const RankedColumns& columns, const std::vector<double>& class_weights,
             const ForestParams& params, uint64_t seed);
  GrownTree Grow();

 private:
  struct Pending {
    size_t node, first, last;  ///< its samples are [first, last)
    int depth;
  };
  struct Choice {
    Split split;
    size_t feature = 0;
  };

  void DrawSamples(const Rows& rows);
  void CountClasses(const Pending& pending);
  bool IsLeaf(const Pending& pending) const;
  Choice BestSplit(const Pending& pending);
  void MakeLeaf(const Pending& pending);
  void Divide(const Pending& pending, const Choice& choice);
  double WeightOfNode() const;

  const RankedColumns& columns_;
  const std::vector<double>& class_weights_;
  const ForestParams& params_;
  const size_t tried_;
  stats::Random random_;
  SplitFinder finder_;
  std::vector<Sample> samples_;
  std::vector<size_t> features_;  ///< in the order of the last draw
  std::vector<uint64_t> totals_;  ///< draws per class in the current node
  std::vector<Pending> stack_;
  GrownTree tree_;
};

}  // namespace gyre::train::internal
