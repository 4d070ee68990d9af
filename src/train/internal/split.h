#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace gyre::train::internal {

/// A training row in a tree: which, of which class, drawn how often.
struct Sample {
  uint32_t row;
  uint16_t label;
  uint16_t draws;
};

/// Where to cut one feature, and how good that is: the larger the score, the lower the children's weighted Gini
/// impurity.
struct Split {
  double score = 0;
  bool found = false;
  uint32_t low_rank = 0;   ///< the highest rank that goes left
  uint32_t high_rank = 0;  ///< the lowest one that goes right
};

/// Finds the best cut of one feature over the samples of one node, trying every boundary between distinct values. Holds
/// buffers: one per thread, kept for a whole tree.
class SplitFinder {
 public:
  SplitFinder(std::vector<double> class_weights, size_t min_samples_leaf);

  /// `ranks` are of the feature, by row. `totals` are the node's draws per class. Sets `constant` if all samples have
  /// the same value.
  Split Find(std::span<const Sample> samples, std::span<const uint32_t> ranks, std::span<const uint64_t> totals,
             bool& constant);

 private:
  /// The samples left of a candidate cut, and the impurity that follows.
  class Sweep;

  Split ScanBins(std::span<const Sample> samples, uint32_t low, uint32_t high, Sweep& sweep);
  Split ScanSorted(std::span<const Sample> samples, Sweep& sweep);

  std::vector<double> class_weights_;
  size_t min_samples_leaf_;
  std::vector<uint32_t> ranks_;    ///< of the node's samples
  std::vector<uint32_t> bins_;     ///< per rank: samples, then draws per class
  std::vector<uint64_t> ordered_;  ///< rank, label and draws in one word
};

}  // namespace gyre::train::internal
