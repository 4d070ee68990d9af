#include "base/file.h"
#include "base/object_reader.h"
#include "data/columns.h"
#include "model/bundle.h"
#include "model/graph_signature.h"
#include "model/trained.h"
#include "package/packaging.h"
#include "steps/internal/builtin.h"
#include "steps/internal/tables.h"
#include "steps/version.h"

namespace gyre::steps::internal {
namespace {

base::Result<package::CardFacts> ParsePackage(const base::Json& with) {
  const base::ObjectReader fields(with, "with");
  TRY(fields.AllowOnly({"model", "intended_use", "predicts", "data", "limits"}));
  package::CardFacts card;
  card.name = TRY(fields.String("model"));
  card.intended_use = TRY(fields.String("intended_use", ""));
  card.label = TRY(fields.String("predicts", ""));
  card.data = TRY(fields.String("data", ""));
  card.limits = TRY(fields.Strings("limits", {}));
  return card;
}

/// A report may be a command's: its facts are read like any input from outside.
struct TestFacts {
  Columns columns;
  std::string positive_class;
  base::Json metrics;
};

/// What the gates found, for the card too.
base::Result<TestFacts> ReadReport(const base::Json& facts, package::CardFacts& card) {
  const base::ObjectReader fields(facts, "report");
  for (const auto& threshold : *TRY(fields.Array("thresholds"))) {
    const base::ObjectReader rule(threshold, "report.thresholds");
    std::string condition;
    if (rule.Has("min")) condition = fmt::format(">= {}", TRY(rule.Number("min")));
    if (rule.Has("max")) condition += fmt::format("{}<= {}", condition.empty() ? "" : ", ", TRY(rule.Number("max")));
    card.thresholds.push_back({TRY(rule.String("metric")), condition});
  }
  if (fields.Has("baseline")) {
    const base::ObjectReader baseline(*TRY(fields.Object("baseline")), "report.baseline");
    card.baseline_name = TRY(baseline.String("name", "baseline"));
    card.baseline = *TRY(baseline.Object("metrics"));
  }
  TestFacts made;
  made.columns = TRY(Columns::FromJson(*TRY(fields.Object("columns")), "report.columns"));
  made.positive_class = TRY(fields.String("positive_class", ""));
  made.metrics = *TRY(fields.Object("metrics"));
  return made;
}

/// Bounds that a validation declared of the model's own features: an expectation may be about columns it never sees.
base::Result<std::vector<package::DeclaredBounds>> BoundsOf(const Task& task, const model::Frame& features) {
  std::vector<package::DeclaredBounds> bounds;
  const Task::Input* checks = task.Find("checks");
  if (checks == nullptr) return bounds;
  for (const auto& [feature, rule] : TRY(base::ObjectReader(checks->facts, "checks").Object("bounds"))->items()) {
    const base::ObjectReader fields(rule, "checks.bounds." + feature);
    TRY(fields.AllowOnly({"minimum", "maximum", "closed"}));
    package::DeclaredBounds bound{.feature = feature};
    bound.closed = TRY(fields.Bool("closed", false));
    if (fields.Has("minimum")) bound.minimum = TRY(fields.Number("minimum"));
    if (fields.Has("maximum")) bound.maximum = TRY(fields.Number("maximum"));
    if (features.Find(feature) != nullptr) bounds.push_back(std::move(bound));
  }
  return bounds;
}

base::Json LineageOf(const Task& task, const Task::Input& model) {
  base::Json lineage = task.with.value("lineage", base::Json::object());
  for (const char* fact : {"algorithm", "params", "seed", "search", "columns"}) {
    if (model.facts.contains(fact)) lineage["training"][fact] = model.facts[fact];
  }
  for (const auto& [name, input] : task.inputs) {
    const auto content = input.facts.find("content");
    if (input.kind == pipeline::ArtifactKind::kTable && content != input.facts.end())
      lineage["tables"][name] = *content;
  }
  lineage["environment"] = {{"gyre", ProgramVersion()}};
  return lineage;
}

base::Result<model::Bundle> PackageTrained(onnx::Runtime& runtime, const Task& task, const Task::Input& model,
                                           const TestFacts& tested, const package::CardFacts& card,
                                           base::Json& figures) {
  const auto text = TRY(base::ReadFile(model.files.at("model.json"), model::kMaxBundleBytes));
  const auto trained = TRY(model::TrainedModelFromJson(TRY(base::ParseJson(text, "model.json"))));
  const auto training = TRY(ReadLabelled(WorkOf(task), TRY(task.Table("train")), tested.columns));
  const auto test = TRY(ReadLabelled(WorkOf(task), TRY(task.Table("test")), tested.columns));
  const auto positive = TRY(base::ObjectReader(model.facts, "model").String("positive_class", ""));
  auto bounds = TRY(BoundsOf(task, training.features));
  auto packaged = TRY(package::BuildBundle(runtime, {.model = trained,
                                                     .training = training.features,
                                                     .test = test.features,
                                                     .test_labels = test.labels,
                                                     .positive_class = positive,
                                                     .bounds = std::move(bounds),
                                                     .metrics = tested.metrics,
                                                     .lineage = LineageOf(task, model),
                                                     .card = card,
                                                     .producer_version = std::string(ProgramVersion())}));
  figures["parity"] = packaged.parity.largest_difference;
  return std::move(packaged.bundle);
}

/// A graph that a command left: checked, with golden rows and profiles taken from the tables. It serves the probability
/// of the class its test looked at.
base::Result<model::Bundle> PackageGraph(onnx::Runtime& runtime, const Task& task, const Task::Input& model,
                                         const TestFacts& tested, const package::CardFacts& card) {
  const auto graph = model.files.find("model.onnx");
  if (graph == model.files.end())
    return base::InvalidArgument("the input 'model' has neither model.json nor model.onnx", "model");
  package::OutsideModel outside{.onnx = TRY(base::ReadFile(graph->second, model::kMaxBundleBytes)),
                                .hints = {.positive_class = tested.positive_class},
                                .metrics = tested.metrics,
                                .lineage = LineageOf(task, model),
                                .card = card};
  auto bundle = TRY(package::BundleFromOnnx(runtime, outside));
  Columns columns{.label = tested.columns.label};
  for (const auto& input : bundle.signature.inputs) columns.features.push_back(input.name);
  const auto training = TRY(ReadLabelled(WorkOf(task), TRY(task.Table("train")), columns));
  const auto test = TRY(ReadLabelled(WorkOf(task), TRY(task.Table("test")), columns));
  TRY(package::AddReference(runtime, bundle, training.features, test.features, TRY(BoundsOf(task, training.features)),
                            card));
  return bundle;
}

base::Result<TaskResult> RunPackage(const Task& task, TaskEvents&) {
  auto card = TRY(ParsePackage([&] {
    auto with = task.with;
    with.erase("lineage");
    return with;
  }()));
  const Task::Input* model = TRY(task.Need("model"));
  const Task::Input* report = TRY(task.Need("report"));
  const auto tested = TRY(ReadReport(report->facts, card));
  onnx::Runtime runtime;
  TaskResult result;
  const auto bundle = model->files.contains("model.json")
                          ? TRY(PackageTrained(runtime, task, *model, tested, card, result.figures))
                          : TRY(PackageGraph(runtime, task, *model, tested, card));
  const auto folder = task.folder / "bundle";
  TRY(model::WriteBundle(bundle, folder));
  auto& output = result.outputs["bundle"];
  output.kind = pipeline::ArtifactKind::kBundle;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    output.files[entry.path().filename()] = entry.path().string();
  output.facts = {{"model", card.name}, {"inputs", bundle.signature.inputs.size()}};
  result.figures["bytes"] = bundle.onnx.size();
  result.figures["inputs"] = bundle.signature.inputs.size();
  return result;
}

}  // namespace

Builtin PackageStep() {
  return {.name = "package",
          .inputs = {"model", "train", "test", "report"},
          .optional_inputs = {"checks"},
          .check = [](const base::Json& with) -> base::Result<void> {
            TRY(ParsePackage(with));
            return base::Ok();
          },
          .run = RunPackage};
}

}  // namespace gyre::steps::internal
