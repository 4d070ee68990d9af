#include "steps/internal/predictions.h"

#include "base/file.h"
#include "base/text.h"
#include "model/bundle.h"
#include "model/executor.h"
#include "model/graph_signature.h"
#include "model/trained.h"

namespace gyre::steps::internal {
namespace {

base::Result<Predictions> PredictTrained(const std::filesystem::path& file, const model::Frame& features) {
  const auto text = TRY(base::ReadFile(file, model::kMaxBundleBytes));
  const auto trained = TRY(model::TrainedModelFromJson(TRY(base::ParseJson(text, "model.json"))));
  Predictions predictions{.classes = trained.classes};
  predictions.labels = TRY(model::PredictLabel(trained, features));
  const auto scores = TRY(model::PredictProbability(trained, features));
  predictions.probability.assign(scores.values.begin(), scores.values.end());
  return predictions;
}

/// Those columns of `features` that the signature knows, in its order; what it needs and is not there stays away and is
/// refused by the executor if it may not be missing.
model::Frame Known(const model::Signature& signature, const model::Frame& features) {
  model::Frame known;
  for (const auto& input : signature.inputs) {
    if (const auto* column = features.Find(input.name)) known.columns.push_back(*column);
  }
  return known;
}

base::Result<Predictions> PredictGraph(onnx::Runtime& runtime, const std::string& onnx, model::Signature signature,
                                       const model::Frame& features) {
  if (signature.task != model::Task::kClassification) {
    return base::Unprocessable("the graph is a regression; only classifiers can be tested so far");
  }
  // Bounds are rules for callers; rows of a test are what they are.
  for (auto& input : signature.inputs) {
    input.minimum = input.maximum = std::nullopt;
    input.closed = false;
  }
  const auto executor = TRY(model::Executor::Load(runtime, onnx, signature));
  const auto answers = TRY(executor->Predict(Known(signature, features)));
  Predictions predictions{.classes = signature.classes, .labels = answers.labels};
  predictions.probability.assign(answers.probabilities.values.begin(), answers.probabilities.values.end());
  return predictions;
}

}  // namespace

base::Result<Predictions> PredictWithModel(onnx::Runtime& runtime, const Task::Input& model,
                                           const model::Frame& features) {
  if (const auto trained = model.files.find("model.json"); trained != model.files.end())
    return PredictTrained(trained->second, features);
  const auto graph_file = model.files.find("model.onnx");
  if (graph_file == model.files.end()) {
    return base::InvalidArgument("the input 'model' has neither model.json nor model.onnx", "model");
  }
  const auto onnx = TRY(base::ReadFile(graph_file->second, model::kMaxBundleBytes));
  const auto graph = TRY(onnx::Graph::Parse(onnx));
  return PredictGraph(runtime, onnx, TRY(model::SignatureFromGraph(graph)), features);
}

base::Result<Predictions> PredictWithBundle(onnx::Runtime& runtime, const std::filesystem::path& folder,
                                            const model::Frame& features) {
  const auto bundle = TRY(model::ReadBundle(folder));
  return PredictGraph(runtime, bundle.onnx, bundle.signature, features);
}

base::Result<stats::ClassificationReport> Score(const Predictions& predictions, const std::vector<std::string>& truth,
                                                const std::string& positive) {
  std::vector<int32_t> labels;
  for (size_t row = 0; row < truth.size(); ++row) {
    const auto found = std::ranges::find(predictions.classes, truth[row]);
    if (found == predictions.classes.end()) {
      return base::Unprocessable(fmt::format("row {} is labelled '{}', which is no class of the model ({})", row,
                                             truth[row], base::Join(predictions.classes, ", ")),
                                 truth[row]);
    }
    labels.push_back(static_cast<int32_t>(found - predictions.classes.begin()));
  }
  auto positive_class =
      std::ranges::find(predictions.classes, positive.empty() ? predictions.classes.back() : positive);
  if (positive_class == predictions.classes.end()) {
    return base::InvalidArgument(
        fmt::format("'{}' is no class of the model ({})", positive, base::Join(predictions.classes, ", ")),
        "positive_class");
  }
  return stats::EvaluateClassifier({.classes = predictions.classes.size(),
                                    .truth = labels,
                                    .predicted = predictions.labels,
                                    .probability = predictions.probability},
                                   static_cast<int32_t>(positive_class - predictions.classes.begin()));
}

}  // namespace gyre::steps::internal
