#include "package/export.h"

#include "model/graph_signature.h"
#include "package/internal/graph_writer.h"

namespace gyre::package {
namespace {

/// Of 2022: every ONNX runtime in use has them.
constexpr int64_t kOpset = 17;
constexpr int64_t kMlOpset = 1;

base::Error Mismatch(std::string message, std::string name) {
  return base::InvalidArgument(std::move(message), std::move(name));
}

/// Every encoded column is an input of the signature with the same type, and the other way round.
base::Result<void> CheckInputs(const model::TrainedModel& model, const model::Signature& signature) {
  std::set<std::string_view> encoded;
  for (const auto& encoding : model.encodings) {
    const auto* feature = signature.Find(encoding.column);
    if (feature == nullptr) {
      return Mismatch(fmt::format("the model's column {} is not in the signature", encoding.column), encoding.column);
    }
    const bool is_number = std::holds_alternative<model::NumberEncoding>(encoding.encoding);
    if (is_number != (feature->type == model::FeatureType::kNumber)) {
      return Mismatch(fmt::format("the model's column {} is of another type in the signature", encoding.column),
                      encoding.column);
    }
    if (!encoded.insert(encoding.column).second) {
      return Mismatch(fmt::format("the model encodes column {} twice", encoding.column), encoding.column);
    }
  }
  for (const auto& feature : signature.inputs) {
    if (!encoded.contains(feature.name)) {
      return Mismatch(fmt::format("the signature's feature {} is not used by the model", feature.name), feature.name);
    }
  }
  return base::Ok();
}

/// Names of inputs, outputs and the graph's inside must differ.
base::Result<void> CheckNames(const model::Signature& signature) {
  for (const auto& feature : signature.inputs) {
    const bool is_output = feature.name == signature.label_output || feature.name == signature.probability_output;
    if (is_output || feature.name.starts_with(internal::kInside)) {
      return Mismatch(fmt::format("feature {} has a name that the graph needs for itself; rename it", feature.name),
                      feature.name);
    }
  }
  return base::Ok();
}

base::Result<void> CheckFit(const model::TrainedModel& model, const model::Signature& signature) {
  TRY(signature.Check());
  if (signature.task != model::Task::kClassification || signature.classes != model.classes) {
    return Mismatch("the signature's classes are not the model's", "classes");
  }
  if (signature.label_output.empty() || signature.probability_output.empty()) {
    return Mismatch("an exported graph has both a label and a probability output", "outputs");
  }
  if (model.encoded_features() == 0) return Mismatch("the model has no encoded features", "encodings");
  TRY(CheckInputs(model, signature));
  return CheckNames(signature);
}

}  // namespace

base::Result<std::string> ExportOnnx(const model::TrainedModel& model, const model::Signature& signature,
                                     std::string_view producer_version) {
  TRY(CheckFit(model, signature));
  onnx::GraphBuilder graph("model", producer_version);
  graph.Opset("", kOpset);
  graph.Opset("ai.onnx.ml", kMlOpset);
  graph.Metadata(model::kSignatureKey, base::DumpJson(signature.ToJson()));
  const std::vector<int64_t> column = {-1, 1};
  for (const auto& feature : signature.inputs) {
    const bool is_number = feature.type == model::FeatureType::kNumber;
    graph.Input(feature.name, is_number ? onnx::ElementType::kFloat : onnx::ElementType::kString, column);
  }
  const auto features = internal::WriteEncodings(model.encodings, graph);
  TRY(std::visit(
      [&](const auto& classifier) { return internal::WriteClassifier(classifier, features, signature, graph); },
      model.classifier));
  const std::vector<int64_t> labels = {-1};
  const std::vector<int64_t> probabilities = {-1, static_cast<int64_t>(signature.classes.size())};
  graph.Output(signature.label_output, onnx::ElementType::kString, labels);
  graph.Output(signature.probability_output, onnx::ElementType::kFloat, probabilities);
  return graph.Serialize();
}

}  // namespace gyre::package
