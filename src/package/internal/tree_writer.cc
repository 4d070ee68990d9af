#include "package/internal/graph_writer.h"

namespace gyre::package::internal {
namespace {

using model::TreeEnsemble;
using model::TreeNode;

/// The parallel arrays of TreeEnsembleClassifier.
struct TreeArrays {
  std::vector<int64_t> tree_ids, node_ids, feature_ids, true_ids, false_ids;
  std::vector<float> thresholds, covers;
  std::vector<std::string> modes;
  std::vector<int64_t> class_tree_ids, class_node_ids, class_ids;
  std::vector<float> class_weights;
};

class TreeWriter {
 public:
  TreeWriter(const TreeEnsemble& trees, const EncodedFeatures& features, size_t classes)
      : trees_(trees), features_(features), classes_(classes) {}

  base::Result<TreeArrays> Write() {
    for (size_t tree = 0; tree < trees_.trees.size(); ++tree) {
      for (size_t node = 0; node < trees_.trees[tree].size(); ++node) {
        TRY(AddNode(static_cast<int64_t>(tree), static_cast<int64_t>(node), trees_.trees[tree][node]));
      }
    }
    return std::move(arrays_);
  }

 private:
  base::Error Broken(int64_t tree, int64_t node) const {
    return base::InvalidArgument(fmt::format("tree {}, node {}: an index is out of range", tree, node));
  }

  base::Result<void> AddNode(int64_t tree, int64_t id, const TreeNode& node) {
    const bool is_leaf = node.feature < 0;
    if (!is_leaf && static_cast<size_t>(node.feature) >= features_.place.size()) return Broken(tree, id);
    arrays_.tree_ids.push_back(tree);
    arrays_.node_ids.push_back(id);
    arrays_.feature_ids.push_back(is_leaf ? 0
                                          : static_cast<int64_t>(features_.place[static_cast<size_t>(node.feature)]));
    arrays_.thresholds.push_back(is_leaf ? 0 : node.threshold);
    arrays_.covers.push_back(node.cover);
    arrays_.modes.emplace_back(is_leaf ? "LEAF" : "BRANCH_LEQ");
    arrays_.true_ids.push_back(is_leaf ? 0 : node.left);
    arrays_.false_ids.push_back(is_leaf ? 0 : node.right);
    return is_leaf ? AddLeaf(tree, id, node) : base::Ok();
  }

  /// With two classes only the second's weight is written, under class id 0: ONNX Runtime then answers the pair (1 - p,
  /// p) and the second class where p > 0.5. Given both weights it would answer the second class wherever its weight is
  /// above 0.
  base::Result<void> AddLeaf(int64_t tree, int64_t id, const TreeNode& node) {
    const auto first = static_cast<size_t>(node.leaf) * classes_;
    if (node.leaf < 0 || first + classes_ > trees_.leaf_values.size()) return Broken(tree, id);
    for (size_t label = classes_ == 2 ? 1 : 0; label < classes_; ++label) {
      arrays_.class_tree_ids.push_back(tree);
      arrays_.class_node_ids.push_back(id);
      arrays_.class_ids.push_back(classes_ == 2 ? 0 : static_cast<int64_t>(label));
      arrays_.class_weights.push_back(trees_.leaf_values[first + label]);
    }
    return base::Ok();
  }

  const TreeEnsemble& trees_;
  const EncodedFeatures& features_;
  const size_t classes_;
  TreeArrays arrays_;
};

}  // namespace

base::Result<void> WriteClassifier(const TreeEnsemble& trees, const EncodedFeatures& features,
                                   const model::Signature& signature, onnx::GraphBuilder& graph) {
  auto arrays = TRY(TreeWriter(trees, features, signature.classes.size()).Write());
  if (arrays.class_weights.empty()) return base::InvalidArgument("the forest has no leaves");
  graph.Node({.op_type = "TreeEnsembleClassifier",
              .inputs = {features.value},
              .outputs = {signature.label_output, signature.probability_output},
              .attributes = {{"nodes_treeids", std::move(arrays.tree_ids)},
                             {"nodes_nodeids", std::move(arrays.node_ids)},
                             {"nodes_featureids", std::move(arrays.feature_ids)},
                             {"nodes_modes", std::move(arrays.modes)},
                             {"nodes_values", std::move(arrays.thresholds)},
                             {"nodes_truenodeids", std::move(arrays.true_ids)},
                             {"nodes_falsenodeids", std::move(arrays.false_ids)},
                             {"nodes_hitrates", std::move(arrays.covers)},
                             {"class_treeids", std::move(arrays.class_tree_ids)},
                             {"class_nodeids", std::move(arrays.class_node_ids)},
                             {"class_ids", std::move(arrays.class_ids)},
                             {"class_weights", std::move(arrays.class_weights)},
                             {"classlabels_strings", signature.classes},
                             {"post_transform", std::string("NONE")}},
              .domain = "ai.onnx.ml"});
  return base::Ok();
}

}  // namespace gyre::package::internal
