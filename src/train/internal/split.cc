#include "train/internal/split.h"

#include <limits>

namespace gyre::train::internal {

class SplitFinder::Sweep {
 public:
  Sweep(std::span<const double> weights, std::span<const uint64_t> totals, size_t samples, size_t min_leaf)
      : weights_(weights), left_(weights.size(), 0.0), right_(weights.size()), samples_(samples), min_leaf_(min_leaf) {
    for (size_t label = 0; label < weights.size(); ++label) {
      right_[label] = weights[label] * static_cast<double>(totals[label]);
      right_weight_ += right_[label];
      right_squares_ += right_[label] * right_[label];
    }
    best_.score = -std::numeric_limits<double>::infinity();
  }

  void MoveLeft(size_t label, uint32_t draws) {
    const double moved = weights_[label] * draws;
    // (x + m)^2 - x^2 = m (2 x + m), exact while the weights are whole numbers.
    left_squares_ += moved * (2 * left_[label] + moved);
    right_squares_ -= moved * (2 * right_[label] - moved);
    left_[label] += moved;
    right_[label] -= moved;
    left_weight_ += moved;
    right_weight_ -= moved;
  }
  void CountLeft(size_t samples) { left_samples_ += samples; }

  /// Considers the cut between two neighbouring ranks.
  void Consider(uint32_t low_rank, uint32_t high_rank) {
    if (left_samples_ < min_leaf_ || samples_ - left_samples_ < min_leaf_) return;
    const double score = left_squares_ / left_weight_ + right_squares_ / right_weight_;
    if (score > best_.score) best_ = {.score = score, .found = true, .low_rank = low_rank, .high_rank = high_rank};
  }
  const Split& best() const { return best_; }

 private:
  std::span<const double> weights_;
  std::vector<double> left_;
  std::vector<double> right_;
  double left_weight_ = 0;
  double right_weight_ = 0;
  double left_squares_ = 0;
  double right_squares_ = 0;
  size_t left_samples_ = 0;
  size_t samples_;
  size_t min_leaf_;
  Split best_;
};

SplitFinder::SplitFinder(std::vector<double> class_weights, size_t min_samples_leaf)
    : class_weights_(std::move(class_weights)), min_samples_leaf_(min_samples_leaf) {}

Split SplitFinder::Find(std::span<const Sample> samples, std::span<const uint32_t> ranks,
                        std::span<const uint64_t> totals, bool& constant) {
  if (ranks_.size() < samples.size()) ranks_.resize(samples.size());
  uint32_t low = UINT32_MAX;
  uint32_t high = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const uint32_t rank = ranks[samples[i].row];
    ranks_[i] = rank;
    low = std::min(low, rank);
    high = std::max(high, rank);
  }
  constant = low == high;
  if (constant) return {};
  Sweep sweep(class_weights_, totals, samples.size(), min_samples_leaf_);
  // A histogram of ranks needs no sorting; it pays while clearing it costs less than that would.
  const size_t words = (size_t{high - low} + 1) * (class_weights_.size() + 1);
  if (words <= 8 * samples.size()) return ScanBins(samples, low, high, sweep);
  return ScanSorted(samples, sweep);
}

Split SplitFinder::ScanBins(std::span<const Sample> samples, uint32_t low, uint32_t high, Sweep& sweep) {
  const size_t classes = class_weights_.size();
  const size_t stride = classes + 1;
  bins_.assign((high - low + 1) * stride, 0);
  for (size_t i = 0; i < samples.size(); ++i) {
    uint32_t* bin = &bins_[(ranks_[i] - low) * stride];
    ++bin[0];
    bin[1 + samples[i].label] += samples[i].draws;
  }
  uint32_t last = low;
  for (uint32_t rank = low; rank <= high; ++rank) {
    const uint32_t* bin = &bins_[(rank - low) * stride];
    if (bin[0] == 0) continue;
    if (rank > low) sweep.Consider(last, rank);
    for (size_t label = 0; label < classes; ++label) {
      if (bin[1 + label] > 0) sweep.MoveLeft(label, bin[1 + label]);
    }
    sweep.CountLeft(bin[0]);
    last = rank;
  }
  return sweep.best();
}

Split SplitFinder::ScanSorted(std::span<const Sample> samples, Sweep& sweep) {
  ordered_.resize(samples.size());
  for (size_t i = 0; i < samples.size(); ++i) {
    ordered_[i] = uint64_t{ranks_[i]} << 32 | uint64_t{samples[i].label} << 16 | samples[i].draws;
  }
  std::ranges::sort(ordered_);
  auto last = static_cast<uint32_t>(ordered_.front() >> 32);
  for (const uint64_t word : ordered_) {
    const auto rank = static_cast<uint32_t>(word >> 32);
    if (rank != last) sweep.Consider(last, rank);
    sweep.MoveLeft(word >> 16 & 0xffff, static_cast<uint32_t>(word & 0xffff));
    sweep.CountLeft(1);
    last = rank;
  }
  return sweep.best();
}

}  // namespace gyre::train::internal
