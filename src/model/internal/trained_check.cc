#include "model/internal/trained_check.h"

namespace gyre::model::internal {
namespace {

base::Error Broken(std::string what) {
  return base::InvalidArgument("model.classifier: " + std::move(what));
}

/// Children lie behind their parent, so that a walk ends.
bool NodeIsSound(const TreeNode& node, size_t index, size_t nodes, size_t features, size_t leaves) {
  if (node.feature < 0) return node.leaf >= 0 && static_cast<size_t>(node.leaf) < leaves;
  const auto child_is_sound = [&](int32_t child) {
    return child > static_cast<int32_t>(index) && static_cast<size_t>(child) < nodes;
  };
  return static_cast<size_t>(node.feature) < features && child_is_sound(node.left) && child_is_sound(node.right);
}

base::Result<void> Check(const TreeEnsemble& ensemble, size_t features, size_t classes) {
  if (ensemble.trees.empty()) return Broken("there are no trees");
  if (ensemble.leaf_values.size() % classes != 0) return Broken("leaf_values is not a whole number of rows");
  const size_t leaves = ensemble.leaf_values.size() / classes;
  for (size_t t = 0; t < ensemble.trees.size(); ++t) {
    const auto& tree = ensemble.trees[t];
    if (tree.empty()) return Broken(fmt::format("tree {} has no nodes", t));
    for (size_t i = 0; i < tree.size(); ++i) {
      if (!NodeIsSound(tree[i], i, tree.size(), features, leaves)) {
        return Broken(fmt::format("tree {}, node {}: an index is out of range", t, i));
      }
    }
  }
  return base::Ok();
}

base::Result<void> Check(const LinearClassifier& linear, size_t features, size_t classes) {
  const size_t lines = classes == 2 ? 1 : classes;
  if (linear.features != features || linear.intercepts.size() != lines || linear.weights.size() != lines * features) {
    return Broken(fmt::format("sizes do not fit {} features and {} classes", features, classes));
  }
  return base::Ok();
}

base::Result<void> Check(const SvmClassifier& svm, size_t features, size_t classes) {
  const size_t pairs = classes * (classes - 1) / 2;
  size_t vectors = 0;
  for (const int32_t count : svm.vectors_per_class) {
    if (count < 0) return Broken("vectors_per_class is negative");
    vectors += static_cast<size_t>(count);
  }
  const bool sigmoids_fit =
      svm.sigmoid_a.size() == svm.sigmoid_b.size() && (svm.sigmoid_a.empty() || svm.sigmoid_a.size() == pairs);
  if (svm.features != features || svm.vectors_per_class.size() != classes || svm.rho.size() != pairs || !sigmoids_fit ||
      svm.support_vectors.size() != vectors * features || svm.dual_coefficients.size() != (classes - 1) * vectors) {
    return Broken(fmt::format("sizes do not fit {} features, {} classes and {} vectors", features, classes, vectors));
  }
  return base::Ok();
}

}  // namespace

base::Result<void> CheckTrained(const TrainedModel& model) {
  if (model.classes.size() < 2) return base::InvalidArgument("model.classes needs two or more names", "model.classes");
  if (model.encoded_features() == 0)
    return base::InvalidArgument("model.encodings gives no features", "model.encodings");
  return std::visit(
      [&](const auto& classifier) { return Check(classifier, model.encoded_features(), model.classes.size()); },
      model.classifier);
}

}  // namespace gyre::model::internal
