#include <cmath>

#include "base/object_reader.h"
#include "model/internal/trained_check.h"
#include "model/trained.h"

namespace gyre::model {
namespace {

using base::Json;
using base::ObjectReader;

constexpr std::array<std::string_view, 4> kKernelNames = {"linear", "poly", "rbf", "sigmoid"};

Json EncodingToJson(const ColumnEncoding& encoding) {
  if (const auto* number = std::get_if<NumberEncoding>(&encoding.encoding)) {
    return {{"column", encoding.column},
            {"kind", "number"},
            {"fill", number->fill},
            {"shift", number->shift},
            {"scale", number->scale}};
  }
  const auto& category = std::get<CategoryEncoding>(encoding.encoding);
  return {{"column", encoding.column}, {"kind", "category"}, {"categories", category.categories}};
}

/// Field by field rather than node by node: a tenth of the text.
Json TreeToJson(const std::vector<TreeNode>& tree) {
  const auto all = [&](auto TreeNode::* field) {
    Json values = Json::array();
    for (const auto& node : tree) values.push_back(node.*field);
    return values;
  };
  return {{"feature", all(&TreeNode::feature)}, {"threshold", all(&TreeNode::threshold)},
          {"left", all(&TreeNode::left)},       {"right", all(&TreeNode::right)},
          {"leaf", all(&TreeNode::leaf)},       {"cover", all(&TreeNode::cover)}};
}

Json ClassifierToJson(const TreeEnsemble& ensemble) {
  Json trees = Json::array();
  for (const auto& tree : ensemble.trees) trees.push_back(TreeToJson(tree));
  return {{"kind", "trees"}, {"leaf_values", ensemble.leaf_values}, {"trees", std::move(trees)}};
}

Json ClassifierToJson(const LinearClassifier& linear) {
  return {{"kind", "linear"},
          {"features", linear.features},
          {"weights", linear.weights},
          {"intercepts", linear.intercepts}};
}

Json ClassifierToJson(const SvmClassifier& svm) {
  return {{"kind", "svm"},
          {"kernel", kKernelNames[static_cast<size_t>(svm.kernel)]},
          {"gamma", svm.gamma},
          {"coef0", svm.coef0},
          {"degree", svm.degree},
          {"features", svm.features},
          {"support_vectors", svm.support_vectors},
          {"vectors_per_class", svm.vectors_per_class},
          {"dual_coefficients", svm.dual_coefficients},
          {"rho", svm.rho},
          {"sigmoid_a", svm.sigmoid_a},
          {"sigmoid_b", svm.sigmoid_b}};
}

base::Result<float> ReadFloat(const ObjectReader& fields, std::string_view key) {
  const auto value = static_cast<float>(TRY(fields.Number(key)));
  if (!std::isfinite(value))
    return base::InvalidArgument(fmt::format("{} is too large", fields.PathOf(key)), fields.PathOf(key));
  return value;
}

base::Result<std::vector<float>> ReadFloats(const ObjectReader& fields, std::string_view key) {
  std::vector<float> values;
  for (const auto& item : *TRY(fields.Array(key))) {
    const float value = item.is_number() ? item.get<float>() : std::nanf("");
    if (!std::isfinite(value)) {
      return base::InvalidArgument(fmt::format("{} must hold finite numbers", fields.PathOf(key)), fields.PathOf(key));
    }
    values.push_back(value);
  }
  return values;
}

base::Result<std::vector<int32_t>> ReadInts(const ObjectReader& fields, std::string_view key) {
  std::vector<int32_t> values;
  for (const auto& item : *TRY(fields.Array(key))) {
    const auto value = item.is_number_integer() ? item.get<int64_t>() : INT64_MAX;
    if (value < INT32_MIN || value > INT32_MAX) {
      return base::InvalidArgument(fmt::format("{} must hold small integers", fields.PathOf(key)), fields.PathOf(key));
    }
    values.push_back(static_cast<int32_t>(value));
  }
  return values;
}

base::Result<ColumnEncoding> ReadEncoding(const Json& json, const std::string& path) {
  const ObjectReader fields(json, path);
  ColumnEncoding encoding;
  encoding.column = TRY(fields.String("column"));
  const auto kind = TRY(fields.String("kind"));
  if (kind == "number") {
    TRY(fields.AllowOnly({"column", "kind", "fill", "shift", "scale"}));
    NumberEncoding number;
    number.fill = TRY(ReadFloat(fields, "fill"));
    number.shift = TRY(ReadFloat(fields, "shift"));
    number.scale = TRY(ReadFloat(fields, "scale"));
    encoding.encoding = number;
  } else if (kind == "category") {
    TRY(fields.AllowOnly({"column", "kind", "categories"}));
    encoding.encoding = CategoryEncoding{.categories = TRY(fields.Strings("categories"))};
  } else {
    return base::InvalidArgument(fmt::format("{} must be number or category, not '{}'", fields.PathOf("kind"), kind),
                                 fields.PathOf("kind"));
  }
  return encoding;
}

base::Result<std::vector<TreeNode>> ReadTree(const Json& json, const std::string& path) {
  const ObjectReader fields(json, path);
  TRY(fields.AllowOnly({"feature", "threshold", "left", "right", "leaf", "cover"}));
  const auto feature = TRY(ReadInts(fields, "feature"));
  const auto threshold = TRY(ReadFloats(fields, "threshold"));
  const auto left = TRY(ReadInts(fields, "left"));
  const auto right = TRY(ReadInts(fields, "right"));
  const auto leaf = TRY(ReadInts(fields, "leaf"));
  const auto cover = TRY(ReadFloats(fields, "cover"));
  for (const size_t size : {threshold.size(), left.size(), right.size(), leaf.size(), cover.size()}) {
    if (size != feature.size()) return base::InvalidArgument(path + " has lists of different lengths", path);
  }
  std::vector<TreeNode> tree(feature.size());
  for (size_t i = 0; i < tree.size(); ++i) tree[i] = {feature[i], threshold[i], left[i], right[i], leaf[i], cover[i]};
  return tree;
}

base::Result<TreeEnsemble> ReadTrees(const ObjectReader& fields) {
  TRY(fields.AllowOnly({"kind", "leaf_values", "trees"}));
  TreeEnsemble ensemble{.trees = {}};
  ensemble.leaf_values = TRY(ReadFloats(fields, "leaf_values"));
  for (const auto& tree : *TRY(fields.Array("trees"))) {
    ensemble.trees.push_back(TRY(ReadTree(tree, fmt::format("{}[{}]", fields.PathOf("trees"), ensemble.trees.size()))));
  }
  return ensemble;
}

base::Result<size_t> ReadSize(const ObjectReader& fields, std::string_view key) {
  const auto size = TRY(fields.Int(key));
  if (size < 0)
    return base::InvalidArgument(fmt::format("{} must not be negative", fields.PathOf(key)), fields.PathOf(key));
  return static_cast<size_t>(size);
}

base::Result<LinearClassifier> ReadLinear(const ObjectReader& fields) {
  TRY(fields.AllowOnly({"kind", "features", "weights", "intercepts"}));
  LinearClassifier made;
  made.features = TRY(ReadSize(fields, "features"));
  made.weights = TRY(ReadFloats(fields, "weights"));
  made.intercepts = TRY(ReadFloats(fields, "intercepts"));
  return made;
}

base::Result<SvmClassifier> ReadSvm(const ObjectReader& fields) {
  TRY(fields.AllowOnly({"kind", "kernel", "gamma", "coef0", "degree", "features", "support_vectors",
                        "vectors_per_class", "dual_coefficients", "rho", "sigmoid_a", "sigmoid_b"}));
  SvmClassifier svm;
  const auto kernel = TRY(fields.String("kernel"));
  const auto found = std::ranges::find(kKernelNames, kernel);
  if (found == kKernelNames.end()) {
    return base::InvalidArgument(fmt::format("{} '{}' is not a kernel", fields.PathOf("kernel"), kernel));
  }
  svm.kernel = static_cast<SvmKernel>(found - kKernelNames.begin());
  svm.gamma = TRY(ReadFloat(fields, "gamma"));
  svm.coef0 = TRY(ReadFloat(fields, "coef0"));
  svm.degree = static_cast<int32_t>(TRY(fields.Int("degree")));
  svm.features = TRY(ReadSize(fields, "features"));
  svm.support_vectors = TRY(ReadFloats(fields, "support_vectors"));
  svm.vectors_per_class = TRY(ReadInts(fields, "vectors_per_class"));
  svm.dual_coefficients = TRY(ReadFloats(fields, "dual_coefficients"));
  svm.rho = TRY(ReadFloats(fields, "rho"));
  svm.sigmoid_a = TRY(ReadFloats(fields, "sigmoid_a"));
  svm.sigmoid_b = TRY(ReadFloats(fields, "sigmoid_b"));
  return svm;
}

}  // namespace

Json ToJson(const TrainedModel& model) {
  Json encodings = Json::array();
  for (const auto& encoding : model.encodings) encodings.push_back(EncodingToJson(encoding));
  return {{"encodings", std::move(encodings)},
          {"classes", model.classes},
          {"classifier",
           std::visit([](const auto& classifier) { return ClassifierToJson(classifier); }, model.classifier)}};
}

base::Result<TrainedModel> TrainedModelFromJson(const Json& json) {
  const ObjectReader fields(json, "model");
  TRY(fields.AllowOnly({"encodings", "classes", "classifier"}));
  TrainedModel model;
  for (const auto& encoding : *TRY(fields.Array("encodings"))) {
    model.encodings.push_back(TRY(ReadEncoding(encoding, fmt::format("model.encodings[{}]", model.encodings.size()))));
  }
  model.classes = TRY(fields.Strings("classes"));
  const ObjectReader classifier(*TRY(fields.Object("classifier")), "model.classifier");
  const auto kind = TRY(classifier.String("kind"));
  if (kind == "trees") {
    model.classifier = TRY(ReadTrees(classifier));
  } else if (kind == "linear") {
    model.classifier = TRY(ReadLinear(classifier));
  } else if (kind == "svm") {
    model.classifier = TRY(ReadSvm(classifier));
  } else {
    return base::InvalidArgument(fmt::format("model.classifier.kind '{}' is not trees, linear or svm", kind));
  }
  TRY(internal::CheckTrained(model));
  return model;
}

}  // namespace gyre::model
