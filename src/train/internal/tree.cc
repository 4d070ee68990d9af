#include "train/internal/tree.h"

#include <numeric>

#include "train/internal/forest.h"

namespace gyre::train::internal {

TreeGrower::TreeGrower(const Rows& rows, const RankedColumns& columns, const std::vector<double>& class_weights,
                       const ForestParams& params, uint64_t seed)
    : columns_(columns),
      class_weights_(class_weights),
      params_(params),
      tried_(FeaturesPerSplit(params, columns.features())),
      random_(seed),
      finder_(class_weights, static_cast<size_t>(params.min_samples_leaf)),
      features_(columns.features()),
      totals_(class_weights.size()) {
  std::iota(features_.begin(), features_.end(), size_t{0});
  DrawSamples(rows);
}

void TreeGrower::DrawSamples(const Rows& rows) {
  std::vector<uint16_t> draws(rows.count(), params_.bootstrap ? 0 : 1);
  for (size_t i = 0; params_.bootstrap && i < draws.size(); ++i) {
    auto& count = draws[random_.Below(draws.size())];
    if (count < UINT16_MAX) ++count;
  }
  for (size_t row = 0; row < draws.size(); ++row) {
    if (draws[row] == 0) continue;
    samples_.push_back({static_cast<uint32_t>(row), static_cast<uint16_t>(rows.labels[row]), draws[row]});
  }
}

GrownTree TreeGrower::Grow() {
  tree_.nodes.emplace_back();
  stack_.push_back({.node = 0, .first = 0, .last = samples_.size(), .depth = 0});
  while (!stack_.empty()) {
    const Pending pending = stack_.back();
    stack_.pop_back();
    CountClasses(pending);
    tree_.nodes[pending.node].cover = static_cast<float>(WeightOfNode());
    const auto choice = IsLeaf(pending) ? Choice{} : BestSplit(pending);
    if (choice.split.found) {
      Divide(pending, choice);
    } else {
      MakeLeaf(pending);
    }
  }
  return std::move(tree_);
}

void TreeGrower::CountClasses(const Pending& pending) {
  std::ranges::fill(totals_, 0);
  for (size_t i = pending.first; i < pending.last; ++i) totals_[samples_[i].label] += samples_[i].draws;
}

double TreeGrower::WeightOfNode() const {
  double weight = 0;
  for (size_t label = 0; label < totals_.size(); ++label) {
    weight += class_weights_[label] * static_cast<double>(totals_[label]);
  }
  return weight;
}

bool TreeGrower::IsLeaf(const Pending& pending) const {
  const size_t samples = pending.last - pending.first;
  if (params_.max_depth && pending.depth >= *params_.max_depth) return true;
  if (samples < static_cast<size_t>(params_.min_samples_split)) return true;
  if (samples / 2 < static_cast<size_t>(params_.min_samples_leaf)) return true;
  return std::ranges::count_if(totals_, [](uint64_t draws) { return draws > 0; }) < 2;
}

TreeGrower::Choice TreeGrower::BestSplit(const Pending& pending) {
  const auto samples = std::span(samples_).subspan(pending.first, pending.last - pending.first);
  Choice best;
  size_t varying = 0;
  for (size_t i = 0; i < features_.size() && (i < tried_ || varying == 0); ++i) {
    std::swap(features_[i], features_[i + random_.Below(features_.size() - i)]);
    bool constant = false;
    const Split split = finder_.Find(samples, columns_.Ranks(features_[i]), totals_, constant);
    if (!constant) ++varying;
    if (split.found && (!best.split.found || split.score > best.split.score)) {
      best = {.split = split, .feature = features_[i]};
    }
  }
  return best;
}

void TreeGrower::MakeLeaf(const Pending& pending) {
  auto& node = tree_.nodes[pending.node];
  node.leaf = static_cast<int32_t>(tree_.leaf_shares.size() / totals_.size());
  const double weight = WeightOfNode();
  for (size_t label = 0; label < totals_.size(); ++label) {
    tree_.leaf_shares.push_back(class_weights_[label] * static_cast<double>(totals_[label]) / weight);
  }
}

void TreeGrower::Divide(const Pending& pending, const Choice& choice) {
  const auto ranks = columns_.Ranks(choice.feature);
  const auto first = samples_.begin() + static_cast<ptrdiff_t>(pending.first);
  const auto last = samples_.begin() + static_cast<ptrdiff_t>(pending.last);
  const auto middle =
      std::partition(first, last, [&](const Sample& sample) { return ranks[sample.row] <= choice.split.low_rank; });
  const size_t left = tree_.nodes.size();
  tree_.nodes.resize(left + 2);
  auto& node = tree_.nodes[pending.node];
  node.feature = static_cast<int32_t>(choice.feature);
  node.threshold = columns_.Threshold(choice.feature, choice.split.low_rank, choice.split.high_rank);
  node.left = static_cast<int32_t>(left);
  node.right = static_cast<int32_t>(left + 1);
  const auto cut = static_cast<size_t>(middle - samples_.begin());
  stack_.push_back({.node = left + 1, .first = cut, .last = pending.last, .depth = pending.depth + 1});
  stack_.push_back({.node = left, .first = pending.first, .last = cut, .depth = pending.depth + 1});
}

}  // namespace gyre::train::internal
