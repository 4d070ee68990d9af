#include "package/packaging.h"

#include <cmath>

#include "package/export.h"
#include "package/internal/golden_choice.h"

namespace gyre::package {
namespace {

using model::Feature;
using model::FeatureType;

base::Error Refuse(std::string message, std::string name) {
  return base::InvalidArgument(std::move(message), std::move(name));
}

bool SawMissing(const model::FeatureColumn& column) {
  if (column.type == FeatureType::kNumber)
    return std::ranges::any_of(column.numbers, [](float value) { return std::isnan(value); });
  return std::ranges::any_of(column.categories, [](const std::string& value) { return value.empty(); });
}

base::Result<Feature> MakeFeature(const model::ColumnEncoding& encoding, const model::Frame& training) {
  const auto* column = training.Find(encoding.column);
  if (column == nullptr)
    return Refuse(fmt::format("the training rows have no column {}", encoding.column), encoding.column);
  const auto* category = std::get_if<model::CategoryEncoding>(&encoding.encoding);
  Feature feature{.name = encoding.column, .type = column->type, .nullable = SawMissing(*column)};
  if ((category != nullptr) != (column->type == FeatureType::kCategory)) {
    return Refuse(fmt::format("column {} is of another type in the training rows than in the model", encoding.column),
                  encoding.column);
  }
  if (category != nullptr) feature.categories = category->categories;
  return feature;
}

base::Result<void> ApplyBounds(const std::vector<DeclaredBounds>& bounds, model::Signature& signature) {
  for (const auto& declared : bounds) {
    const auto feature = std::ranges::find(signature.inputs, declared.feature, &Feature::name);
    // Expectations may be about columns that the model does not use.
    if (feature == signature.inputs.end()) continue;
    if (declared.minimum) feature->minimum = declared.minimum;
    if (declared.maximum) feature->maximum = declared.maximum;
    feature->closed = feature->closed || declared.closed;
  }
  return base::Ok();
}

/// An output's name that no feature has.
std::string FreeName(std::string name, const model::Signature& signature) {
  while (signature.Find(name) != nullptr) name += "_";
  return name;
}

base::Result<model::Signature> MakeSignature(const PackageRequest& request) {
  model::Signature signature;
  for (const auto& encoding : request.model.encodings) {
    signature.inputs.push_back(TRY(MakeFeature(encoding, request.training)));
  }
  TRY(ApplyBounds(request.bounds, signature));
  signature.classes = request.model.classes;
  signature.positive_class = request.positive_class;
  if (signature.positive_class.empty() && !signature.classes.empty())
    signature.positive_class = signature.classes.back();
  signature.label_output = FreeName("label", signature);
  signature.probability_output = FreeName("probability", signature);
  TRY(signature.Check());
  return signature;
}

/// The signature without its rules: the graph must be the model on every test row, also on one that callers may not
/// send.
model::Signature WithoutRules(model::Signature signature) {
  for (auto& feature : signature.inputs) {
    feature = {.name = feature.name, .type = feature.type, .nullable = true};
  }
  return signature;
}

model::Frame OnlyInputs(const model::Signature& signature, const model::Frame& frame) {
  model::Frame inputs;
  for (const auto& feature : signature.inputs) {
    if (const auto* column = frame.Find(feature.name)) inputs.columns.push_back(*column);
  }
  return inputs;
}

std::vector<std::string> LabelNames(const model::Signature& signature, const std::vector<int32_t>& labels) {
  std::vector<std::string> names;
  for (const int32_t label : labels) names.push_back(signature.classes[static_cast<size_t>(label)]);
  return names;
}

model::ReferenceProfile MakeProfile(const model::Signature& signature, const model::Frame& training,
                                    const model::Answers& answers) {
  auto profile = model::ProfileFrame(training);
  profile.predicted_label = model::ProfileCategories(LabelNames(signature, answers.labels));
  for (size_t label = 0; label < signature.classes.size(); ++label) {
    std::vector<float> of_class;
    for (size_t row = 0; row < answers.probabilities.rows(); ++row)
      of_class.push_back(answers.probabilities.At(row, label));
    profile.predicted_probability["probability." + signature.classes[label]] = model::ProfileNumbers(of_class);
  }
  return profile;
}

model::GoldenRows MakeGolden(const model::Signature& signature, const model::Frame& test,
                             const model::Answers& answers) {
  const auto chosen = internal::ChooseGolden(signature, test, answers.labels);
  const auto labels = LabelNames(signature, answers.labels);
  model::GoldenRows golden;
  golden.features = test.Take(chosen);
  golden.probabilities.classes = answers.probabilities.classes;
  for (const size_t row : chosen) {
    golden.labels.push_back(labels[row]);
    for (size_t label = 0; label < signature.classes.size(); ++label) {
      golden.probabilities.values.push_back(answers.probabilities.At(row, label));
    }
  }
  return golden;
}

CardCounts Count(const PackageRequest& request) {
  CardCounts counts{.training_rows = request.training.rows()};
  for (const auto& name : request.model.classes) {
    counts.test_labels.emplace_back(name, std::ranges::count(request.test_labels, name));
  }
  return counts;
}

base::Result<void> CheckRequest(const PackageRequest& request) {
  TRY(request.training.Check());
  TRY(request.test.Check());
  if (request.test.rows() == 0) return Refuse("there are no test rows to check the graph on", "test");
  if (request.test_labels.size() != request.test.rows()) {
    return Refuse(
        fmt::format("there are {} test rows but {} labels for them", request.test.rows(), request.test_labels.size()),
        "test_labels");
  }
  return base::Ok();
}

/// The graph's answers to all test rows, after they have proved to be the model's.
base::Result<std::pair<ParityReport, model::Answers>> Prove(onnx::Runtime& runtime, const model::TrainedModel& model,
                                                            const model::Bundle& bundle, const model::Frame& test) {
  const auto executor = TRY(model::Executor::Load(runtime, bundle.onnx, WithoutRules(bundle.signature)));
  auto report = TRY(CheckParity(*executor, model, test));
  return std::pair(report, TRY(executor->Predict(test)));
}

}  // namespace

base::Result<Packaged> BuildBundle(onnx::Runtime& runtime, const PackageRequest& request) {
  TRY(CheckRequest(request));
  Packaged packaged;
  auto& bundle = packaged.bundle;
  bundle.signature = TRY(MakeSignature(request));
  bundle.onnx = TRY(ExportOnnx(request.model, bundle.signature, request.producer_version));
  const auto test = OnlyInputs(bundle.signature, request.test);
  const auto [report, answers] = TRY(Prove(runtime, request.model, bundle, test));
  packaged.parity = report;
  bundle.golden = MakeGolden(bundle.signature, test, answers);
  bundle.profile = MakeProfile(bundle.signature, OnlyInputs(bundle.signature, request.training), answers);
  bundle.metrics = request.metrics;
  bundle.lineage = request.lineage;
  bundle.card = WriteCard(request.card, Count(request), bundle, DescribeAlgorithm(request.model));
  // What is shipped, loaded as it will be, gives its own golden answers.
  const auto executor = TRY(model::Executor::Load(runtime, bundle.onnx, bundle.signature));
  TRY(model::CheckGolden(*executor, bundle.golden));
  return packaged;
}

base::Result<model::Bundle> BundleFromOnnx(onnx::Runtime& runtime, const OutsideModel& outside) {
  const auto graph = TRY(onnx::Graph::Parse(outside.onnx));
  model::Bundle bundle;
  bundle.onnx = outside.onnx;
  bundle.signature = outside.signature ? *outside.signature : TRY(model::SignatureFromGraph(graph, outside.hints));
  TRY(model::Executor::Load(runtime, bundle.onnx, bundle.signature));
  bundle.metrics = outside.metrics;
  bundle.lineage = outside.lineage;
  const auto& producer = graph.producer_name();
  const auto algorithm =
      producer.empty() ? std::string("a graph from outside")
                       : fmt::format("a graph from outside, written by {} {}", producer, graph.producer_version());
  bundle.card = WriteCard(outside.card, {}, bundle, algorithm);
  return bundle;
}

}  // namespace gyre::package
