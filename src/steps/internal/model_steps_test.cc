// train, test and package on small tables, and graphs that scikit-learn left.
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "model/bundle.h"
#include "steps/testing/task_test_base.h"

namespace gyre::steps::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Rows whose label depends on humid (with some noise) and on nothing else; every 17th has no label.
std::string Rain(int from, int until) {
  return fmt::format(
      "SELECT (n * 37 % 100)::DOUBLE AS humid, (n * 13 % 7)::DOUBLE AS wind, CASE n % 3 WHEN 0 THEN 'EWR' WHEN 1 THEN "
      "'JFK' "
      "ELSE 'LGA' END AS origin, CASE WHEN n % 17 = 0 THEN NULL WHEN (n * 37 % 100) + (n * 11 % 20) > 70 THEN 'rain' "
      "ELSE "
      "'dry' END AS label FROM range({}, {}) t(n)",
      from, until);
}

class ModelStepsTest : public testing::TaskTest {
 protected:
  static base::Json TrainWith() {
    return {{"label", "label"},
            {"algorithm", "logistic_regression"},
            {"folds", 3},
            {"seed", 1},
            {"positive_class", "rain"}};
  }
  base::Result<TaskResult> Train(const base::Json& with = TrainWith()) {
    auto task = Make("train", with);
    task.inputs["train"] = Table(Rain(0, 200));
    return Run(task);
  }
  Task Test(const Task::Input& model, const base::Json& with = base::Json::object()) {
    auto task = Make("test", with);
    task.inputs["model"] = model;
    task.inputs["test"] = Table(Rain(200, 300));
    return task;
  }
  Task Package(const Task::Input& model, const Task::Input& report) {
    auto task = Make("package", {{"model", "rain"}, {"predicts", "rain"}});
    task.inputs["model"] = model;
    task.inputs["train"] = Table(Rain(0, 200));
    task.inputs["test"] = Table(Rain(200, 300));
    task.inputs["report"] = report;
    return task;
  }
  Task::Input Trained() { return InputOf(Train().value().outputs.at("model")); }
  Task::Input Tested(const Task::Input& model) { return InputOf(Run(Test(model)).value().outputs.at("report")); }

  /// A pipeline of scikit-learn's over mixed columns and its golden answers (tests/golden/onnx.py).
  const std::filesystem::path kGolden = std::filesystem::path(GYRE_SOURCE_DIR) / "src/onnx/testdata";
  base::Json Golden() {
    return base::ParseJson(base::ReadFile(kGolden / "pipeline.json", 1 << 20).value(), "golden").value();
  }
  /// "1.5 AS temp, 'EWR' AS origin" of one golden row.
  static std::string RowSql(const base::Json& inputs, size_t row) {
    std::vector<std::string> columns;
    for (const auto& [name, values] : inputs.items()) {
      const auto& value = values[row].is_array() ? values[row][0] : values[row];
      const auto text = value.is_null()             ? std::string("NULL::DOUBLE")
                        : value.is_string()         ? "'" + value.get<std::string>() + "'"
                        : value.is_number_integer() ? base::DumpJson(value)
                                                    : base::DumpJson(value) + "::DOUBLE";
      columns.push_back(text + " AS " + name);
    }
    return base::Join(columns, ", ");
  }
};

TEST_F(ModelStepsTest, TrainLearnsReportsTrialsAndIsTheSameTwice) {
  auto with = TrainWith();
  with["search"] = {{"kind", "grid"}, {"space", {{"C", {0.1, 1.0}}}}};
  with["scoring"] = "neg_log_loss";
  const auto first = Train(with).value();
  EXPECT_EQ(first.figures["trials"], 2);
  EXPECT_EQ(first.figures["rows"], 188);  // 200 less 12 without a label
  EXPECT_EQ(events_.trials.size(), 2u);
  EXPECT_EQ(events_.trials[0]["folds"].size(), 3u);
  EXPECT_EQ(events_.fractions.back(), 1);
  EXPECT_THAT(events_.notes.back(), HasSubstr("trial 2 of 2, best neg_log_loss"));
  const auto& facts = first.outputs.at("model").facts;
  EXPECT_EQ(facts["columns"]["features"], (base::Json{"humid", "wind", "origin"}));
  EXPECT_EQ(facts["classes"], (base::Json{"dry", "rain"}));
  const auto second = Train(with).value();
  const auto bytes = [](const TaskResult& result) {
    return base::ReadFile(result.outputs.at("model").files.at("model.json"), 1 << 24).value();
  };
  EXPECT_EQ(bytes(first), bytes(second));
}

TEST_F(ModelStepsTest, TrainChoosesItsColumns) {
  auto with = TrainWith();
  with["features"] = {"wind", "humid"};
  EXPECT_EQ(Train(with).value().outputs.at("model").facts["columns"]["features"], (base::Json{"wind", "humid"}));
  with.erase("features");
  with["exclude"] = {"origin"};
  EXPECT_EQ(Train(with).value().outputs.at("model").facts["columns"]["features"], (base::Json{"humid", "wind"}));
}

TEST_F(ModelStepsTest, TrainRefusesColumnsThatCannotBeMeant) {
  const auto message = [&](const base::Json& changes) {
    auto with = TrainWith();
    with.update(changes);
    const auto trained = Train(with);
    return trained ? std::string("accepted") : trained.error().message();
  };
  EXPECT_THAT(message({{"features", {"humid", "label"}}}), HasSubstr("'label' is the label"));
  EXPECT_THAT(message({{"features", {"humid"}}, {"exclude", {"wind"}}}), HasSubstr("not both"));
  EXPECT_THAT(message({{"features", {"humidity"}}}), HasSubstr("humid"));
  EXPECT_THAT(message({{"exclude", {"winds"}}}), HasSubstr("wind"));
  EXPECT_THAT(message({{"label", "lable"}}), HasSubstr("label"));
  EXPECT_THAT(message({{"positive_class", "snow"}}), HasSubstr("snow"));
  EXPECT_FALSE(Check("train", {{"label", "label"}, {"algorithm", "magic"}}));
  EXPECT_FALSE(Check("train", {{"algorithm", "svm"}}));
  auto task = Make("train", TrainWith());
  task.inputs["train"] = Table("SELECT TIMESTAMP '2013-10-01' AS hour, 'dry' AS label FROM range(9)");
  EXPECT_THAT(Run(task).error().message(), HasSubstr("'hour' is a timestamp, which no model can learn from"));
}

TEST_F(ModelStepsTest, ShuffledLabelsTeachNothing) {
  const auto accuracy = [&](const base::Json& with) {
    return Run(Test(InputOf(Train(with).value().outputs.at("model"))))->figures["accuracy"].get<double>();
  };
  auto shuffled = TrainWith();
  shuffled["shuffle_labels"] = true;
  EXPECT_GT(accuracy(TrainWith()), 0.85);
  EXPECT_LT(accuracy(shuffled), 0.75);
}

TEST_F(ModelStepsTest, TestScoresAModelOnLabelledRows) {
  const auto result = Run(Test(Trained())).value();
  EXPECT_FALSE(result.failure);
  const auto& facts = result.outputs.at("report").facts;
  EXPECT_EQ(facts["rows"], 94);
  EXPECT_EQ(facts["positive_class"], "rain");
  EXPECT_EQ(facts["metrics"]["accuracy"], result.figures["accuracy"]);
}

TEST_F(ModelStepsTest, ThresholdsAreGatesAndTheReportStays) {
  const auto model = Trained();
  const auto result =
      Run(Test(model, {{"thresholds", {{"accuracy", {{"min", 0.5}}}, {"brier", {{"max", 0.0001}}}}}})).value();
  ASSERT_TRUE(result.failure);
  EXPECT_THAT(result.failure->message(), HasSubstr("the model is not good enough: brier is"));
  EXPECT_THAT(result.failure->message(), HasSubstr("above its maximum 0.0001"));
  const auto& listed = result.outputs.at("report").facts["thresholds"];
  EXPECT_EQ(listed[0]["passed"], true);
  EXPECT_EQ(listed[1]["passed"], false);
  EXPECT_FALSE(Run(Test(model, {{"thresholds", {{"accuracy", {{"min", 0.5}}}}}}))->failure);
}

TEST_F(ModelStepsTest, ThresholdsAreSetOnMetricsByTheirOwnNames) {
  const auto message = [](const base::Json& thresholds) {
    const auto checked = Check("test", {{"thresholds", thresholds}});
    return checked ? std::string("accepted") : checked.error().message();
  };
  EXPECT_EQ(message({{"pr_auc", {{"min", 0.5}}}}), "accepted");
  EXPECT_THAT(message({{"average_precision", {{"min", 0.5}}}}), HasSubstr("'pr_auc'"));
  EXPECT_THAT(message({{"neg_brier_score", {{"min", -0.5}}}}), HasSubstr("'brier'"));
  EXPECT_THAT(message({{"accurracy", {{"min", 0.5}}}}), HasSubstr("did you mean 'accuracy'?"));
  EXPECT_THAT(message({{"accuracy", {{"minimum", 0.5}}}}), HasSubstr("min"));
  EXPECT_THAT(message({{"accuracy", 0.5}}), HasSubstr("with.thresholds.accuracy must be an object"));
}

TEST_F(ModelStepsTest, ABaselineIsARuleOfThumbOnTheSameRows) {
  const auto model = Trained();
  const auto result = Run(Test(model, {{"baseline", {{"name", "humid air"}, {"column", "humid"}, {"above", 60}}}}));
  const auto& baseline = result->outputs.at("report").facts["baseline"];
  EXPECT_EQ(baseline["name"], "humid air");
  // humid > 60 for 39 of 100 values, all but a few of them rain by the rule the rows were made by.
  EXPECT_GT(baseline["metrics"]["accuracy"], 0.8);
  EXPECT_THAT(Run(Test(model, {{"baseline", {{"column", "origin"}}}})).error().message(), HasSubstr("'origin'"));
  EXPECT_THAT(Run(Test(model, {{"baseline", {{"column", "none"}}}})).error().message(), HasSubstr("'none'"));
}

TEST_F(ModelStepsTest, ALabelThatIsNoClassAndATableWithoutLabelsAreSaid) {
  const auto model = Trained();
  auto task = Test(model);
  task.inputs["test"] = Table("SELECT 1.0 AS humid, 1.0 AS wind, 'EWR' AS origin, 'snow' AS label");
  EXPECT_THAT(Run(task).error().message(), HasSubstr("'snow', which is no class of the model (dry, rain)"));
  task.inputs["test"] = Table("SELECT 1.0 AS humid, 1.0 AS wind, 'EWR' AS origin, NULL::VARCHAR AS label");
  EXPECT_THAT(Run(task).error().message(), HasSubstr("no test row has a label in 'label'"));
  EXPECT_THAT(Run(Test(model, {{"positive_class", "snow"}})).error().message(), HasSubstr("'snow'"));
}

TEST_F(ModelStepsTest, ACandidateMustNotBeWorseThanTheChampion) {
  const auto good = Trained();
  auto shuffled = TrainWith();
  shuffled["shuffle_labels"] = true;
  const auto bad = InputOf(Train(shuffled).value().outputs.at("model"));
  const auto bundle = Run(Package(good, Tested(good))).value();
  auto champion = InputOf(bundle.outputs.at("bundle"));
  champion.facts["ref"] = "rain/7";

  auto task = Test(bad, {{"compare", {{"metric", "brier"}, {"tolerance", 0.01}}}});
  task.inputs["champion"] = champion;
  const auto worse = Run(task).value();
  ASSERT_TRUE(worse.failure);
  EXPECT_THAT(worse.failure->message(), HasSubstr("where rain/7 has"));
  EXPECT_LT(worse.outputs.at("report").facts["comparison"]["ahead"], -0.01);

  task = Test(good, {{"compare", {{"metric", "brier"}}}});
  task.inputs["champion"] = champion;
  const auto equal = Run(task).value();
  EXPECT_FALSE(equal.failure) << equal.failure->message();
  EXPECT_NEAR(equal.outputs.at("report").facts["comparison"]["ahead"].get<double>(), 0, 1e-6);
}

TEST_F(ModelStepsTest, PackageMakesABundleThatAnswersLikeTheModel) {
  const auto model = Trained();
  const auto result = Run(Package(model, Tested(model))).value();
  EXPECT_LT(result.figures["parity"].get<double>(), 1e-5);
  const auto folder = std::filesystem::path(result.outputs.at("bundle").files.at("model.onnx")).parent_path();
  const auto bundle = model::ReadBundle(folder).value();
  EXPECT_EQ(bundle.signature.positive_class, "rain");
  EXPECT_EQ(bundle.lineage["training"]["algorithm"], "logistic_regression");
  EXPECT_EQ(bundle.metrics, Tested(model).facts["metrics"]);
  EXPECT_GT(bundle.golden.features.rows(), 0u);
  EXPECT_THAT(bundle.card, HasSubstr("rain"));
}

TEST_F(ModelStepsTest, BoundsOfAValidationBecomeRulesForCallersOfTheModelsFeatures) {
  const auto model = Trained();
  auto task = Package(model, Tested(model));
  task.inputs["checks"] = {.kind = pipeline::ArtifactKind::kReport,
                           .facts = {{"bounds",
                                      {{"humid", {{"minimum", 0}, {"maximum", 100}}},
                                       {"origin", {{"closed", true}}},
                                       {"elsewhere", {{"minimum", 5}}}}}},
                           .files = {}};
  const auto result = Run(task).value();
  const auto folder = std::filesystem::path(result.outputs.at("bundle").files.at("model.onnx")).parent_path();
  const auto signature = model::ReadBundle(folder).value().signature;
  EXPECT_EQ(signature.inputs[0].maximum, 100);
  EXPECT_TRUE(signature.inputs[2].closed);
}

TEST_F(ModelStepsTest, AReportThatIsNoneIsRefusedByName) {
  const auto model = Trained();
  const auto good = Tested(model);
  const auto message = [&](const base::Json& changes) {
    auto report = good;
    report.facts.update(changes);
    const auto packaged = Run(Package(model, report));
    return packaged ? std::string("accepted") : packaged.error().message();
  };
  EXPECT_EQ(message(base::Json::object()), "accepted");
  EXPECT_THAT(message({{"thresholds", {5}}}), HasSubstr("report.thresholds"));
  EXPECT_THAT(message({{"thresholds", {{{"metric", "brier"}, {"max", "low"}}}}}), HasSubstr("max must be a number"));
  EXPECT_THAT(message({{"baseline", 5}}), HasSubstr("report.baseline"));
  EXPECT_THAT(message({{"metrics", {1}}}), HasSubstr("report.metrics"));
  EXPECT_THAT(message({{"columns", nullptr}}), HasSubstr("report.columns"));
  EXPECT_THAT(message({{"positive_class", 5}}), HasSubstr("report.positive_class"));
  auto task = Package(model, good);
  task.inputs["checks"] = {.kind = pipeline::ArtifactKind::kReport, .facts = {{"bounds", {{"humid", 5}}}}, .files = {}};
  EXPECT_THAT(Run(task).error().message(), HasSubstr("checks.bounds.humid"));
  task.inputs.erase("checks");
  task.inputs["model"].files.clear();
  EXPECT_THAT(Run(task).error().message(), HasSubstr("neither model.json nor model.onnx"));
}

TEST_F(ModelStepsTest, AGraphFromScikitLearnScoresAsItDoesThere) {
  const auto golden = Golden();
  const auto& labels = golden["sklearn"]["labels"];
  // What "happened" is what scikit-learn said, but for every third row.
  std::string select;
  double right = 0;
  double brier = 0;
  double log_loss = 0;
  const auto rows = static_cast<double>(labels.size());
  for (size_t row = 0; row < labels.size(); ++row) {
    const bool said = labels[row] == "rain";
    const bool rained = row % 3 == 0 ? !said : said;
    const auto p = golden["sklearn"]["probabilities"][row][1].get<double>();
    right += said == rained ? 1 : 0;
    brier += std::pow(p - (rained ? 1 : 0), 2);
    log_loss -= std::log(rained ? p : 1 - p);
    select += fmt::format("{} SELECT {}, '{}' AS happened", row > 0 ? " UNION ALL" : "", RowSql(golden["inputs"], row),
                          rained ? "rain" : "dry");
  }
  auto task = Make("test", {{"label", "happened"}});
  task.inputs["model"] = {.kind = pipeline::ArtifactKind::kModel,
                          .facts = base::Json::object(),
                          .files = {{"model.onnx", kGolden / "pipeline.onnx"}}};
  task.inputs["test"] = Table(select);
  const auto result = Run(task);
  ASSERT_TRUE(result) << result.error().ToString();
  const auto& metrics = result->outputs.at("report").facts["metrics"];
  EXPECT_NEAR(metrics["accuracy"].get<double>(), right / rows, 1e-12);
  EXPECT_NEAR(metrics["brier"].get<double>(), brier / rows, 1e-5);
  EXPECT_NEAR(metrics["log_loss"].get<double>(), log_loss / rows, 1e-4);
  EXPECT_EQ(result->outputs.at("report").facts["positive_class"], "rain");
}

TEST_F(ModelStepsTest, AGraphFromOutsideMustBeToldItsLabel) {
  auto task = Make("test", base::Json::object());
  task.inputs["model"] = {.kind = pipeline::ArtifactKind::kModel,
                          .facts = base::Json::object(),
                          .files = {{"model.onnx", kGolden / "pipeline.onnx"}}};
  task.inputs["test"] = Table("SELECT 1.0 AS temp, 'dry' AS happened");
  EXPECT_THAT(Run(task).error().message(), HasSubstr("with.label is missing"));
  task.with = {{"label", "happened"}};
  EXPECT_THAT(Run(task).error().message(), HasSubstr("feature hour is missing"));
  task.inputs["model"].files = {{"model.onnx", Write("bad.onnx", "no graph")}};
  EXPECT_FALSE(Run(task));
  task.inputs["model"].files.clear();
  EXPECT_THAT(Run(task).error().message(), HasSubstr("neither model.json nor model.onnx"));
}

}  // namespace
}  // namespace gyre::steps::internal
