#include "package/internal/graph_writer.h"

namespace gyre::package::internal {
namespace {

std::string Inside(std::string_view name) {
  return kInside + std::string(name);
}

}  // namespace

base::Result<void> WriteClassifier(const model::LinearClassifier& linear, const EncodedFeatures& features,
                                   const model::Signature& signature, onnx::GraphBuilder& graph) {
  const size_t classes = signature.classes.size();
  const size_t lines = classes == 2 ? 1 : classes;
  const size_t width = features.place.size();
  if (linear.features != width || linear.weights.size() != lines * width || linear.intercepts.size() != lines) {
    return base::InvalidArgument(
        fmt::format("the linear model does not have the sizes of {} features and {} classes", width, classes));
  }
  // With two classes the first line is the negated second: the sigmoid of both is the pair of probabilities.
  std::vector<double> weights(width * classes);
  std::vector<double> intercepts(classes);
  for (size_t label = 0; label < classes; ++label) {
    const size_t line = classes == 2 ? 0 : label;
    const double sign = classes == 2 && label == 0 ? -1 : 1;
    intercepts[label] = sign * static_cast<double>(linear.intercepts[line]);
    for (size_t j = 0; j < width; ++j) {
      weights[features.place[j] * classes + label] = sign * static_cast<double>(linear.weights[line * width + j]);
    }
  }
  const auto of_classes = static_cast<int64_t>(classes);
  graph.Initializer(Inside("weights"),
                    {.shape = {static_cast<int64_t>(width), of_classes}, .values = std::move(weights)});
  graph.Initializer(Inside("intercepts"), {.shape = {of_classes}, .values = std::move(intercepts)});
  const auto x = WriteCast(features.value, onnx::ElementType::kDouble, Inside("x"), graph);
  graph.Node(
      {.op_type = "Gemm", .inputs = {x, Inside("weights"), Inside("intercepts")}, .outputs = {Inside("scores")}});
  onnx::NodeSpec link{.op_type = "Sigmoid", .inputs = {Inside("scores")}, .outputs = {Inside("exact")}};
  if (classes > 2) {
    link.op_type = "Softmax";
    link.attributes = {{"axis", int64_t{1}}};
  }
  graph.Node(std::move(link));
  const auto probability = WriteCast(Inside("exact"), onnx::ElementType::kFloat, signature.probability_output, graph);
  graph.Node({.op_type = "ArgMax",
              .inputs = {probability},
              .outputs = {Inside("winner")},
              .attributes = {{"axis", int64_t{1}}, {"keepdims", int64_t{0}}}});
  WriteLabels(Inside("winner"), signature, graph);
  return base::Ok();
}

}  // namespace gyre::package::internal
