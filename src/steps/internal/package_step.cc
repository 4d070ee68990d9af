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

struct PackageParams {
  package::CardFacts card;
  std::string label;
};

base::Result<PackageParams> ParsePackage(const base::Json& with) {
  const base::ObjectReader fields(with, "with");
  TRY(fields.AllowOnly({"model", "label", "intended_use", "predicts", "data", "limits"}));
  PackageParams params;
  params.card.name = TRY(fields.String("model"));
  params.card.intended_use = TRY(fields.String("intended_use", ""));
  params.card.label = TRY(fields.String("predicts", ""));
  params.card.data = TRY(fields.String("data", ""));
  params.card.limits = TRY(fields.Strings("limits", {}));
  params.label = TRY(fields.String("label", ""));
  return params;
}

/// What the gates found, for the card.
void AddReport(const base::Json& report, package::CardFacts& card) {
  for (const auto& threshold : report.value("thresholds", base::Json::array())) {
    std::string condition;
    if (threshold.contains("min")) condition = fmt::format(">= {}", threshold["min"].get<double>());
    if (threshold.contains("max"))
      condition += fmt::format("{}<= {}", condition.empty() ? "" : ", ", threshold["max"].get<double>());
    card.thresholds.push_back({threshold.value("metric", ""), condition});
  }
  if (report.contains("baseline")) {
    card.baseline_name = report["baseline"].value("name", "baseline");
    card.baseline = report["baseline"].value("metrics", base::Json::object());
  }
}

std::vector<package::DeclaredBounds> BoundsFrom(const Task& task) {
  std::vector<package::DeclaredBounds> bounds;
  const Task::Input* checks = task.Find("checks");
  if (checks == nullptr) return bounds;
  const auto declared = checks->facts.value("bounds", base::Json::object());
  for (const auto& [feature, rule] : declared.items()) {
    package::DeclaredBounds bound{.feature = feature, .closed = rule.value("closed", false)};
    if (rule.contains("minimum")) bound.minimum = rule["minimum"].get<double>();
    if (rule.contains("maximum")) bound.maximum = rule["maximum"].get<double>();
    bounds.push_back(std::move(bound));
  }
  return bounds;
}

/// Only those that speak of the model's own features: an expectation may be about columns the model never sees.
std::vector<package::DeclaredBounds> OfFeatures(std::vector<package::DeclaredBounds> bounds,
                                                const model::Frame& features) {
  std::erase_if(bounds, [&](const package::DeclaredBounds& bound) { return features.Find(bound.feature) == nullptr; });
  return bounds;
}

base::Json LineageOf(const Task& task, const Task::Input& model) {
  base::Json lineage = task.with.value("lineage", base::Json::object());
  for (const char* fact : {"algorithm", "params", "seed", "search", "columns"}) {
    if (model.facts.contains(fact)) lineage["training"][fact] = model.facts[fact];
  }
  for (const auto& [name, input] : task.inputs) {
    if (input.kind == pipeline::ArtifactKind::kTable) lineage["tables"][name] = input.facts.value("content", "");
  }
  lineage["environment"] = {{"gyre", ProgramVersion()}};
  return lineage;
}

base::Result<model::Bundle> PackageTrained(onnx::Runtime& runtime, const Task& task, const Task::Input& model,
                                           const Columns& columns, const package::CardFacts& card,
                                           const base::Json& metrics, base::Json& figures) {
  const auto text = TRY(base::ReadFile(model.files.at("model.json"), model::kMaxBundleBytes));
  const auto trained = TRY(model::TrainedModelFromJson(TRY(base::ParseJson(text, "model.json"))));
  const auto training = TRY(ReadLabelled(WorkOf(task), TRY(task.Table("train")), columns));
  const auto test = TRY(ReadLabelled(WorkOf(task), TRY(task.Table("test")), columns));
  auto packaged = TRY(package::BuildBundle(runtime, {.model = trained,
                                                     .training = training.features,
                                                     .test = test.features,
                                                     .test_labels = test.labels,
                                                     .positive_class = model.facts.value("positive_class", ""),
                                                     .bounds = OfFeatures(BoundsFrom(task), training.features),
                                                     .metrics = metrics,
                                                     .lineage = LineageOf(task, model),
                                                     .card = card,
                                                     .producer_version = std::string(ProgramVersion())}));
  figures["parity"] = packaged.parity.largest_difference;
  return std::move(packaged.bundle);
}

/// A graph that a command left: checked, with golden rows and profiles taken from the tables. It serves the probability
/// of the class its test looked at.
base::Result<model::Bundle> PackageGraph(onnx::Runtime& runtime, const Task& task, const Task::Input& model,
                                         const std::string& label, const std::string& positive_class,
                                         const package::CardFacts& card, const base::Json& metrics) {
  package::OutsideModel outside{.onnx = TRY(base::ReadFile(model.files.at("model.onnx"), model::kMaxBundleBytes)),
                                .hints = {.positive_class = positive_class},
                                .metrics = metrics,
                                .lineage = LineageOf(task, model),
                                .card = card};
  auto bundle = TRY(package::BundleFromOnnx(runtime, outside));
  Columns columns{.label = label};
  for (const auto& input : bundle.signature.inputs) columns.features.push_back(input.name);
  const auto training = TRY(ReadLabelled(WorkOf(task), TRY(task.Table("train")), columns));
  const auto test = TRY(ReadLabelled(WorkOf(task), TRY(task.Table("test")), columns));
  TRY(package::AddReference(runtime, bundle, training.features, test.features,
                            OfFeatures(BoundsFrom(task), training.features), card));
  return bundle;
}

base::Result<TaskResult> RunPackage(const Task& task, TaskEvents&) {
  auto params = TRY(ParsePackage([&] {
    auto with = task.with;
    with.erase("lineage");
    return with;
  }()));
  const Task::Input* model = TRY(task.Need("model"));
  const Task::Input* report = TRY(task.Need("report"));
  AddReport(report->facts, params.card);
  const auto metrics = report->facts.value("metrics", base::Json::object());
  const auto columns = TRY(Columns::FromJson(report->facts.value("columns", base::Json::object()), "report.columns"));
  onnx::Runtime runtime;
  TaskResult result;
  const auto bundle = model->files.contains("model.json")
                          ? TRY(PackageTrained(runtime, task, *model, columns, params.card, metrics, result.figures))
                          : TRY(PackageGraph(runtime, task, *model, columns.label,
                                             report->facts.value("positive_class", ""), params.card, metrics));
  const auto folder = task.folder / "bundle";
  TRY(model::WriteBundle(bundle, folder));
  auto& output = result.outputs["bundle"];
  output.kind = pipeline::ArtifactKind::kBundle;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    output.files[entry.path().filename()] = entry.path().string();
  output.facts = {{"model", params.card.name}, {"inputs", bundle.signature.inputs.size()}};
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
