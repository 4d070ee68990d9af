#include "model/internal/classify.h"

#include <cmath>

namespace gyre::model::internal {
namespace {

size_t LeafOf(const std::vector<TreeNode>& tree, const float* row) {
  size_t at = 0;
  while (tree[at].feature >= 0) {
    at = static_cast<size_t>(row[tree[at].feature] <= tree[at].threshold ? tree[at].left : tree[at].right);
  }
  return static_cast<size_t>(tree[at].leaf);
}

std::vector<int32_t> LargestPerRow(const Scores& scores) {
  std::vector<int32_t> labels(scores.rows());
  for (size_t row = 0; row < labels.size(); ++row) {
    labels[row] = Largest(std::span(scores.values).subspan(row * scores.classes, scores.classes));
  }
  return labels;
}

/// Log-odds of each class against a common reference, to probabilities. Overwrites `logits`.
void Softmax(std::span<double> logits, float* probabilities) {
  const double highest = *std::ranges::max_element(logits);
  double sum = 0;
  for (double& logit : logits) sum += logit = std::exp(logit - highest);
  for (size_t label = 0; label < logits.size(); ++label) probabilities[label] = static_cast<float>(logits[label] / sum);
}

}  // namespace

int32_t Largest(std::span<const float> values) {
  return static_cast<int32_t>(std::ranges::max_element(values) - values.begin());
}

Predictions Classify(const TreeEnsemble& trees, std::span<const float> encoded, size_t features, size_t classes) {
  const size_t rows = encoded.size() / features;
  std::vector<double> sums(rows * classes, 0.0);
  // Tree by tree: the nodes of one tree stay in the cache while all rows pass.
  for (const auto& tree : trees.trees) {
    for (size_t row = 0; row < rows; ++row) {
      const float* leaf = &trees.leaf_values[LeafOf(tree, &encoded[row * features]) * classes];
      for (size_t label = 0; label < classes; ++label) sums[row * classes + label] += static_cast<double>(leaf[label]);
    }
  }
  Predictions predictions;
  predictions.probabilities = {.classes = classes, .values = std::vector<float>(sums.size())};
  for (size_t i = 0; i < sums.size(); ++i) {
    predictions.probabilities.values[i] = static_cast<float>(std::clamp(sums[i], 0.0, 1.0));
  }
  predictions.labels = LargestPerRow(predictions.probabilities);
  return predictions;
}

Predictions Classify(const LinearClassifier& linear, std::span<const float> encoded, size_t features, size_t classes) {
  const size_t rows = encoded.size() / features;
  const size_t lines = linear.intercepts.size();
  Predictions predictions;
  predictions.probabilities = {.classes = classes, .values = std::vector<float>(rows * classes)};
  std::vector<double> logits(classes);
  for (size_t row = 0; row < rows; ++row) {
    const float* x = &encoded[row * features];
    logits[0] = 0;  // with one line, the first class is the reference
    for (size_t line = 0; line < lines; ++line) {
      double sum = static_cast<double>(linear.intercepts[line]);
      for (size_t j = 0; j < features; ++j) {
        sum += static_cast<double>(x[j]) * static_cast<double>(linear.weights[line * features + j]);
      }
      logits[lines == 1 ? 1 : line] = sum;
    }
    Softmax(logits, &predictions.probabilities.values[row * classes]);
  }
  predictions.labels = LargestPerRow(predictions.probabilities);
  return predictions;
}

}  // namespace gyre::model::internal
