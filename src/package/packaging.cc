#include "package/packaging.h"

#include "package/export.h"
#include "package/internal/reference.h"

namespace gyre::package {
namespace {

using model::Feature;
using model::FeatureType;

base::Error Refuse(std::string message, std::string name) {
  return base::InvalidArgument(std::move(message), std::move(name));
}

base::Result<Feature> MakeFeature(const model::ColumnEncoding& encoding, const model::Frame& training) {
  const auto* column = training.Find(encoding.column);
  if (column == nullptr)
    return Refuse(fmt::format("the training rows have no column {}", encoding.column), encoding.column);
  const auto* category = std::get_if<model::CategoryEncoding>(&encoding.encoding);
  Feature feature{.name = encoding.column, .type = column->type, .nullable = internal::SawMissing(*column)};
  if ((category != nullptr) != (column->type == FeatureType::kCategory)) {
    return Refuse(fmt::format("column {} is of another type in the training rows than in the model", encoding.column),
                  encoding.column);
  }
  if (category != nullptr) feature.categories = category->categories;
  return feature;
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
  internal::ApplyBounds(request.bounds, signature);
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

std::string DescribeOutside(const onnx::Graph& graph) {
  const auto& producer = graph.producer_name();
  if (producer.empty()) return "a graph from outside";
  return fmt::format("a graph from outside, written by {} {}", producer, graph.producer_version());
}

/// True if the graph's input for `feature` has a way to say "missing".
bool TakesMissing(const onnx::Graph& graph, const Feature& feature) {
  const auto takes = [](const onnx::ValueInfo& input) {
    return input.type == onnx::ElementType::kFloat || input.type == onnx::ElementType::kDouble ||
           input.type == onnx::ElementType::kString;
  };
  const auto named = std::ranges::find(graph.inputs(), feature.name, &onnx::ValueInfo::name);
  return named != graph.inputs().end() ? takes(*named) : std::ranges::all_of(graph.inputs(), takes);
}

/// What the training rows tell of an outside model's inputs.
base::Result<void> LearnFrom(const model::Frame& training, const onnx::Graph& graph, model::Signature& signature) {
  for (auto& feature : signature.inputs) {
    const auto* column = training.Find(feature.name);
    if (column == nullptr || column->type != feature.type) {
      return Refuse(fmt::format("the training rows have no {} column {}", FeatureTypeName(feature.type), feature.name),
                    feature.name);
    }
    if (internal::SawMissing(*column) && TakesMissing(graph, feature)) feature.nullable = true;
    if (feature.type == FeatureType::kNumber || !feature.categories.empty()) continue;
    for (const auto& [name, count] : model::ProfileCategories(column->categories).counts) {
      feature.categories.push_back(name);
    }
  }
  return base::Ok();
}

std::vector<size_t> AcceptableRows(const model::Signature& signature, const model::Frame& test) {
  std::vector<size_t> rows;
  for (size_t row = 0; row < test.rows(); ++row) {
    if (model::CheckFrame(signature, test.Take({row}))) rows.push_back(row);
  }
  return rows;
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
  const auto test = internal::OnlyInputs(bundle.signature, request.test);
  const auto [report, answers] = TRY(Prove(runtime, request.model, bundle, test));
  packaged.parity = report;
  bundle.golden = internal::MakeGolden(bundle.signature, test, answers);
  bundle.profile =
      internal::MakeProfile(bundle.signature, internal::OnlyInputs(bundle.signature, request.training), answers);
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
  bundle.card = WriteCard(outside.card, {}, bundle, DescribeOutside(graph));
  return bundle;
}

base::Result<void> AddReference(onnx::Runtime& runtime, model::Bundle& bundle, const model::Frame& training,
                                const model::Frame& test, const std::vector<DeclaredBounds>& bounds,
                                const CardFacts& card) {
  TRY(training.Check());
  TRY(test.Check());
  const auto graph = TRY(onnx::Graph::Parse(bundle.onnx));
  auto signature = bundle.signature;
  TRY(LearnFrom(training, graph, signature));
  internal::ApplyBounds(bounds, signature);
  const auto executor = TRY(model::Executor::Load(runtime, bundle.onnx, signature));
  const auto inputs = internal::OnlyInputs(signature, test);
  const auto rows = inputs.Take(AcceptableRows(signature, inputs));
  if (rows.rows() == 0) return Refuse("the signature accepts none of the test rows", "test");
  const auto answers = TRY(executor->Predict(rows));
  bundle.signature = std::move(signature);
  bundle.golden = internal::MakeGolden(bundle.signature, rows, answers);
  bundle.profile = internal::MakeProfile(bundle.signature, internal::OnlyInputs(bundle.signature, training), answers);
  bundle.card = WriteCard(card, {.training_rows = training.rows()}, bundle, DescribeOutside(graph));
  return base::Ok();
}

}  // namespace gyre::package
