#include <cmath>
#include <limits>

#include "base/object_reader.h"
#include "base/text.h"
#include "data/columns.h"
#include "steps/internal/builtin.h"
#include "steps/internal/predictions.h"
#include "steps/internal/tables.h"

namespace gyre::steps::internal {
namespace {

/// A rule of thumb to be better than: the positive class where a column is above a value.
struct Baseline {
  std::string name;
  std::string column;
  double above = 0;
};

struct Threshold {
  std::string metric;
  std::optional<double> minimum;
  std::optional<double> maximum;
};

struct TestParams {
  std::string label;           ///< empty: as the model was trained
  std::string positive_class;  ///< likewise
  std::optional<Baseline> baseline;
  std::vector<Threshold> thresholds;
  /// A candidate may be worse than the champion by at most this, in this metric.
  std::string compare_metric;
  double compare_tolerance = 0;
};

base::Result<std::vector<Threshold>> ParseThresholds(const base::Json& json) {
  std::vector<Threshold> thresholds;
  for (const auto& [metric, rule] : json.items()) {
    const auto path = "with.thresholds." + metric;
    const auto scoring = TRY(stats::ParseScoring(metric));
    if (scoring.metric != metric) {
      return base::InvalidArgument(
          fmt::format("{} is a name for a search; a threshold is set on '{}' itself", path, scoring.metric), path);
    }
    const base::ObjectReader fields(rule, path);
    TRY(fields.AllowOnly({"min", "max"}));
    Threshold threshold{.metric = metric};
    if (fields.Has("min")) threshold.minimum = TRY(fields.Number("min"));
    if (fields.Has("max")) threshold.maximum = TRY(fields.Number("max"));
    thresholds.push_back(std::move(threshold));
  }
  return thresholds;
}

base::Result<TestParams> ParseTest(const base::Json& with) {
  const base::ObjectReader fields(with, "with");
  TRY(fields.AllowOnly({"label", "positive_class", "baseline", "thresholds", "champion", "compare"}));
  TestParams params;
  params.label = TRY(fields.String("label", ""));
  params.positive_class = TRY(fields.String("positive_class", ""));
  TRY(fields.String("champion", ""));
  if (const auto* json = fields.Find("baseline")) {
    const base::ObjectReader baseline(*json, "with.baseline");
    TRY(baseline.AllowOnly({"name", "column", "above"}));
    const auto name = TRY(baseline.String("name", "baseline"));
    const auto column = TRY(baseline.String("column"));
    const auto above = TRY(baseline.Number("above", 0));
    params.baseline = Baseline{name, column, above};
  }
  params.thresholds = TRY(ParseThresholds(*TRY(fields.Object("thresholds"))));
  const base::ObjectReader compare(*TRY(fields.Object("compare")), "with.compare");
  TRY(compare.AllowOnly({"metric", "tolerance"}));
  params.compare_metric = TRY(compare.String("metric", "brier"));
  params.compare_tolerance = TRY(compare.Number("tolerance", 0));
  TRY(stats::ParseScoring(params.compare_metric));
  return params;
}

/// Columns as the model's facts have them, with the parameters laid over.
base::Result<Columns> ColumnsToTest(const Task& task, const TestParams& params, const Task::Input& model,
                                    const std::filesystem::path& table) {
  if (model.facts.contains("columns")) {
    auto columns = TRY(Columns::FromJson(model.facts["columns"], "model.columns"));
    if (!params.label.empty()) columns.label = params.label;
    return columns;
  }
  if (params.label.empty())
    return base::InvalidArgument("with.label is missing: the model came from outside and does not say", "with.label");
  Columns columns{.label = params.label};
  for (const auto& column : TRY(data::ReadSchema(WorkOf(task), table)).columns) {
    if (column.name != params.label && column.type != engine::DataType::kTimestamp)
      columns.features.push_back(column.name);
  }
  return columns;
}

/// The class that two-class metrics are about: as asked for, as the model was trained, or else its last one.
base::Result<std::string> PositiveClass(const TestParams& params, const Task::Input& model,
                                        const std::vector<std::string>& classes) {
  if (!params.positive_class.empty()) return params.positive_class;
  const auto trained = TRY(base::ObjectReader(model.facts, "model").String("positive_class", ""));
  return trained.empty() && !classes.empty() ? classes.back() : trained;
}

base::Result<stats::ClassificationReport> ScoreBaseline(const Baseline& baseline, const LabelledTable& table,
                                                        const std::vector<std::string>& classes,
                                                        const std::string& positive) {
  const auto* column = table.features.Find(baseline.column);
  if (column == nullptr || column->type != model::FeatureType::kNumber) {
    return base::InvalidArgument(
        fmt::format("with.baseline.column '{}' is no number feature of the model", baseline.column), baseline.column);
  }
  const auto positive_index = static_cast<size_t>(std::ranges::find(classes, positive) - classes.begin());
  if (classes.size() != 2) return base::InvalidArgument("with.baseline needs a model of two classes", "with.baseline");
  Predictions predictions{.classes = classes};
  for (const float value : column->numbers) {
    const size_t label = value > baseline.above ? positive_index : 1 - positive_index;
    predictions.labels.push_back(static_cast<int32_t>(label));
    predictions.probability.push_back(label == 0 ? 1 : 0);
    predictions.probability.push_back(label == 1 ? 1 : 0);
  }
  return Score(predictions, table.labels, positive);
}

/// NaN if the report has none of that name.
double MetricOf(const stats::ClassificationReport& report, const std::string& metric) {
  const auto found = report.metrics.find(metric);
  return found == report.metrics.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
}

base::Result<std::vector<std::string>> CheckThresholds(const std::vector<Threshold>& thresholds,
                                                       const stats::ClassificationReport& report, base::Json& listed) {
  std::vector<std::string> broken;
  for (const auto& threshold : thresholds) {
    if (!report.metrics.contains(threshold.metric)) {
      return base::Unprocessable(
          fmt::format("with.thresholds.{0}: the model gives no probabilities, so it has no {0}", threshold.metric),
          threshold.metric);
    }
    const double value = report.metrics.at(threshold.metric);
    const bool low = threshold.minimum && !(value >= *threshold.minimum);
    const bool high = threshold.maximum && !(value <= *threshold.maximum);
    base::Json entry = {{"metric", threshold.metric}, {"value", value}, {"passed", !low && !high}};
    if (threshold.minimum) entry["min"] = *threshold.minimum;
    if (threshold.maximum) entry["max"] = *threshold.maximum;
    listed.push_back(std::move(entry));
    if (low)
      broken.push_back(fmt::format("{} is {:.4f}, under its minimum {}", threshold.metric, value, *threshold.minimum));
    if (high)
      broken.push_back(fmt::format("{} is {:.4f}, above its maximum {}", threshold.metric, value, *threshold.maximum));
  }
  return broken;
}

/// The champion's scores on the same rows, and a sentence if the candidate is worse by more than it may be.
base::Result<base::Json> CompareWithChampion(onnx::Runtime& runtime, const Task::Input& champion,
                                             const LabelledTable& table, const std::string& positive,
                                             const TestParams& params, const stats::ClassificationReport& candidate,
                                             std::vector<std::string>& broken) {
  const auto graph = champion.files.find("model.onnx");
  if (graph == champion.files.end()) return base::InvalidArgument("the champion has no model.onnx", "champion");
  const auto predictions = TRY(PredictWithBundle(runtime, graph->second.parent_path(), table.features));
  const auto report = TRY(Score(predictions, table.labels, positive));
  const auto scoring = TRY(stats::ParseScoring(params.compare_metric));
  const double ahead = scoring.Of(candidate) - scoring.Of(report);
  const bool passed = ahead >= -params.compare_tolerance;
  const auto reference = champion.facts.value("ref", std::string("the champion"));
  if (!passed) {
    broken.push_back(fmt::format("{} is {:.4f} where {} has {:.4f} on the same rows, worse by more than {}",
                                 scoring.metric, MetricOf(candidate, scoring.metric), reference,
                                 MetricOf(report, scoring.metric), params.compare_tolerance));
  }
  return base::Json({{"champion", reference},
                     {"metric", scoring.metric},
                     {"champion_metrics", report.ToJson()},
                     {"ahead", ahead},
                     {"tolerance", params.compare_tolerance},
                     {"passed", passed}});
}

base::Result<TaskResult> RunTest(const Task& task, TaskEvents&) {
  const auto params = TRY(ParseTest(task.with));
  const Task::Input* model = TRY(task.Need("model"));
  const auto table_file = TRY(task.Table("test"));
  const auto columns = TRY(ColumnsToTest(task, params, *model, table_file));
  const auto table = TRY(ReadLabelled(WorkOf(task), table_file, columns));
  if (table.labels.empty())
    return base::Unprocessable(fmt::format("no test row has a label in '{}'", columns.label), columns.label);
  onnx::Runtime runtime;
  const auto predictions = TRY(PredictWithModel(runtime, *model, table.features));
  const auto positive = TRY(PositiveClass(params, *model, predictions.classes));
  const auto report = TRY(Score(predictions, table.labels, positive));

  base::Json facts = {{"metrics", report.ToJson()},
                      {"rows", table.labels.size()},
                      {"columns", columns.ToJson()},
                      {"positive_class", positive}};
  facts["thresholds"] = base::Json::array();
  auto broken = TRY(CheckThresholds(params.thresholds, report, facts["thresholds"]));
  if (params.baseline) {
    const auto baseline = TRY(ScoreBaseline(*params.baseline, table, predictions.classes, positive));
    facts["baseline"] = {{"name", params.baseline->name}, {"metrics", baseline.ToJson()}};
  }
  if (const auto* champion = task.Find("champion")) {
    facts["comparison"] = TRY(CompareWithChampion(runtime, *champion, table, positive, params, report, broken));
  }
  TaskResult result;
  result.outputs["report"] = {.kind = pipeline::ArtifactKind::kReport, .facts = facts};
  result.figures = {{"rows", table.labels.size()}};
  for (const char* metric : {"accuracy", "brier", "pr_auc", "roc_auc"}) {
    const auto found = report.metrics.find(metric);
    if (found != report.metrics.end() && std::isfinite(found->second)) result.figures[metric] = found->second;
  }
  if (!broken.empty())
    result.failure =
        base::Unprocessable(fmt::format("the model is not good enough: {}", base::Join(broken, "; ")), "thresholds");
  return result;
}

}  // namespace

Builtin TestStep() {
  return {.name = "test",
          .inputs = {"model", "test"},
          .check = [](const base::Json& with) -> base::Result<void> {
            TRY(ParseTest(with));
            return base::Ok();
          },
          .run = RunTest};
}

}  // namespace gyre::steps::internal
