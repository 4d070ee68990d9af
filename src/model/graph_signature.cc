#include "model/graph_signature.h"

#include <cmath>

#include "base/text.h"

namespace gyre::model {
namespace {

using base::Error;
using base::ErrorCode;
using onnx::ElementType;
using onnx::Graph;
using onnx::NodeInfo;
using onnx::ValueInfo;
using onnx::ValueKind;

/// Nodes that hand values on as they are, possibly as another type or in another shape.
constexpr std::array kPassing = {"Identity", "Cast",   "Reshape", "Squeeze",  "Unsqueeze",
                                 "Flatten",  "Concat", "Gather",  "Transpose"};
constexpr std::array kClassAttributes = {"classlabels_strings", "classlabels_int64s", "classlabels_ints"};
constexpr size_t kMaxSteps = 64;
constexpr size_t kMaxColumns = 10'000;

Error Unsupported(std::string message, std::string name) {
  return Error(ErrorCode::kUnsupported, std::move(message), std::move(name));
}

bool IsNumber(ElementType type) {
  return type != ElementType::kString && type != ElementType::kOther;
}
bool IsReal(ElementType type) {
  return type == ElementType::kFloat || type == ElementType::kDouble;
}

/// [N] or [N, 1].
bool IsColumn(const ValueInfo& info) {
  if (info.kind != ValueKind::kTensor || !info.has_shape) return false;
  return info.shape.size() == 1 || (info.shape.size() == 2 && info.shape[1] == 1);
}

/// [N, d].
bool IsMatrix(const ValueInfo& info) {
  return info.kind == ValueKind::kTensor && info.has_shape && info.shape.size() == 2 && info.shape[1] != 1;
}

std::string Described(const std::vector<ValueInfo>& infos) {
  std::vector<std::string> texts;
  for (const auto& info : infos) texts.push_back(fmt::format("{}: {}", info.name, DescribeType(info)));
  return base::Join(texts, "; ");
}

class Reader {
 public:
  Reader(const Graph& graph, const GraphHints& hints) : graph_(graph), hints_(hints) {
    for (const auto& node : graph.nodes()) {
      for (const auto& input : node.inputs) consumers_.emplace(input, &node);
    }
  }

  base::Result<Signature> Read() {
    for (const auto& input : graph_.inputs()) TRY(ReadInput(input));
    if (!hints_.feature_names.empty() && !named_by_hint_) {
      return base::InvalidArgument("feature names were given, but the graph's inputs have names of their own",
                                   "feature_names");
    }
    signature_.label_output.clear();
    signature_.probability_output.clear();
    TRY(ReadOutputs());
    if (!hints_.positive_class.empty()) signature_.positive_class = hints_.positive_class;
    TRY(signature_.Check());
    return std::move(signature_);
  }

 private:
  base::Result<void> ReadInput(const ValueInfo& input) {
    const bool readable = input.kind == ValueKind::kTensor && input.type != ElementType::kOther;
    if (readable && IsColumn(input)) {
      const bool imputed = IsReal(input.type) && IsImputed(input.name);
      const auto type = IsNumber(input.type) ? FeatureType::kNumber : FeatureType::kCategory;
      signature_.inputs.push_back({.name = input.name, .type = type, .nullable = imputed});
      return base::Ok();
    }
    if (readable && IsMatrix(input) && IsNumber(input.type)) return ReadMatrix(input);
    return Unsupported(
        fmt::format("the graph's input {} is {}: models take one column per input ([N,1]) or one matrix of "
                    "numbers ([N,d])",
                    input.name, DescribeType(input)),
        input.name);
  }

  base::Result<void> ReadMatrix(const ValueInfo& input) {
    if (std::exchange(has_matrix_, true)) {
      return Unsupported(fmt::format("the graph's input {} is a second matrix: only one can be read", input.name),
                         input.name);
    }
    named_by_hint_ = !hints_.feature_names.empty();
    auto names = hints_.feature_names;
    const int64_t columns = input.shape[1];
    if (columns < 0 && names.empty()) {
      return Unsupported(
          fmt::format("the graph's input {} does not say how many columns it has; give the feature names", input.name),
          input.name);
    }
    if (columns > static_cast<int64_t>(kMaxColumns)) {
      return base::TooLarge(fmt::format("the graph's input {} has more than {} columns", input.name, kMaxColumns),
                            input.name);
    }
    for (int64_t i = 0; !named_by_hint_ && i < columns; ++i) names.push_back(fmt::format("f{}", i));
    if (columns >= 0 && names.size() != static_cast<size_t>(columns)) {
      return base::InvalidArgument(fmt::format("the graph's input {} has {} columns, but {} feature names were given",
                                               input.name, columns, names.size()),
                                   "feature_names");
    }
    const bool imputed = IsReal(input.type) && IsImputed(input.name);
    for (auto& name : names) signature_.inputs.push_back({.name = std::move(name), .nullable = imputed});
    return base::Ok();
  }

  bool IsImputed(const std::string& value) const {
    std::set<std::string> seen;
    return IsImputed(value, seen);
  }

  /// True if every way from `value` onwards leads to an imputer of NaN before anything computes with it.
  bool IsImputed(const std::string& value, std::set<std::string>& seen) const {
    if (!seen.insert(value).second) return true;
    const auto [first, last] = consumers_.equal_range(value);
    if (first == last || seen.size() > kMaxSteps) return false;
    return std::all_of(first, last, [&](const auto& entry) {
      const auto& node = *entry.second;
      if (node.op_type == "Imputer") return std::isnan(graph_.NumberAttribute(node, "replaced_value_float", 0));
      const bool passes = std::ranges::find(kPassing, node.op_type) != kPassing.end();
      return passes && !node.outputs.empty() && IsImputed(node.outputs[0], seen);
    });
  }

  base::Result<void> ReadOutputs() {
    const ValueInfo* label = nullptr;
    const ValueInfo* probability = nullptr;
    const ValueInfo* value = nullptr;
    for (const auto& output : graph_.outputs()) {
      const bool is_label = output.kind == ValueKind::kTensor &&
                            (output.type == ElementType::kString || output.type == ElementType::kInt64);
      const bool is_score = output.kind == ValueKind::kClassMaps || (IsReal(output.type) && !IsColumn(output));
      if (is_label && label == nullptr) label = &output;
      if (is_score && probability == nullptr) probability = &output;
      if (IsReal(output.type) && IsColumn(output) && value == nullptr) value = &output;
    }
    if (label != nullptr) return ReadClassifier(label, probability);
    if (probability != nullptr && !hints_.classes.empty()) return ReadClassifier(nullptr, probability);
    if (value != nullptr && graph_.outputs().size() == 1) {
      signature_.task = Task::kRegression;
      signature_.value_output = value->name;
      return base::Ok();
    }
    return Unsupported(
        fmt::format("the graph gives {}: a classifier gives a label (string or int64) and probabilities, a "
                    "regression one number per row; for probabilities alone give the class names",
                    Described(graph_.outputs())),
        "outputs");
  }

  base::Result<void> ReadClassifier(const ValueInfo* label, const ValueInfo* probability) {
    if (label != nullptr) signature_.label_output = label->name;
    if (probability != nullptr) signature_.probability_output = probability->name;
    signature_.classes = hints_.classes;
    if (signature_.classes.empty() && probability != nullptr) signature_.classes = ClassesBehind(probability->name);
    if (signature_.classes.empty() && label != nullptr) signature_.classes = ClassesBehind(label->name);
    if (signature_.classes.empty() && label != nullptr && probability != nullptr) CountClasses(*label, *probability);
    if (signature_.classes.size() < 2) {
      return Unsupported(
          "the graph does not say what its classes are called; give their names in the order of the "
          "probabilities",
          "classes");
    }
    signature_.positive_class = signature_.classes.back();
    return base::Ok();
  }

  /// Labels that are plain indices.
  void CountClasses(const ValueInfo& label, const ValueInfo& probability) {
    if (label.type != ElementType::kInt64 || !IsMatrix(probability)) return;
    for (int64_t i = 0; i < std::min<int64_t>(probability.shape[1], kMaxColumns); ++i) {
      signature_.classes.push_back(std::to_string(i));
    }
  }

  /// The class names in the node that computes `value`, or in one behind it that it only hands on from.
  std::vector<std::string> ClassesBehind(std::string value) const {
    for (size_t step = 0; step < kMaxSteps; ++step) {
      const auto* node = graph_.Producer(value);
      if (node == nullptr || node->inputs.empty()) return {};
      for (const char* attribute : kClassAttributes) {
        auto classes = graph_.ListAttribute(*node, attribute);
        if (!classes.empty()) return classes;
      }
      // Classes in a constant, picked by index.
      auto classes = graph_.InitializerTexts(node->inputs[0]);
      if (!classes.empty())
        return node->op_type == "ArrayFeatureExtractor" || node->op_type == "Gather" ? classes
                                                                                     : std::vector<std::string>();
      value = node->inputs[0];
    }
    return {};
  }

  const Graph& graph_;
  const GraphHints& hints_;
  std::multimap<std::string, const NodeInfo*, std::less<>> consumers_;
  Signature signature_;
  bool has_matrix_ = false;
  bool named_by_hint_ = false;
};

base::Result<Signature> ReadCarried(const std::string& text, const GraphHints& hints) {
  const auto json = TRY(base::ParseJson(text, "the signature that the graph carries"));
  auto signature = TRY(Signature::FromJson(json));
  if (!hints.positive_class.empty()) signature.positive_class = hints.positive_class;
  TRY(signature.Check());
  return signature;
}

}  // namespace

base::Result<Signature> SignatureFromGraph(const onnx::Graph& graph, const GraphHints& hints) {
  const auto carried = graph.metadata().find(kSignatureKey);
  if (carried != graph.metadata().end()) return ReadCarried(carried->second, hints);
  return Reader(graph, hints).Read();
}

}  // namespace gyre::model
