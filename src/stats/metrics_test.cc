#include "stats/metrics.h"

#include <cmath>
#include <gtest/gtest.h>

#include "stats/ranking.h"
#include "stats/report.h"
#include "stats/testing/golden.h"

namespace gyre::stats {
namespace {

struct Case {
  std::vector<int32_t> truth;
  std::vector<int32_t> predicted;
  std::vector<double> probability;
  size_t classes;

  explicit Case(const base::Json& json)
      : truth(json["truth"]),
        predicted(json["predicted"]),
        probability(json["probability"]),
        classes(json["classes"]) {}
  ClassPredictions view() const {
    return {.classes = classes, .truth = truth, .predicted = predicted, .probability = probability};
  }
};

TEST(Metrics, EqualScikitLearnWithTiesMissingAndSingleClasses) {
  const auto golden = testing::ReadGolden("metrics.json");
  for (size_t i = 0; i < golden["cases"].size(); ++i) {
    const auto& json = golden["cases"][i];
    const Case one(json);
    const auto report = EvaluateClassifier(one.view(), json["positive"]);
    ASSERT_TRUE(report) << report.error().ToString();
    EXPECT_EQ(report->ToJson()["confusion_matrix"], json["confusion"]) << "case " << i;
    for (const auto& [name, expected] : json["metrics"].items()) {
      if (name == "trapezoid") continue;
      const double actual = report->metrics.at(name);
      if (expected.is_null()) {
        EXPECT_TRUE(std::isnan(actual)) << "case " << i << " " << name << " " << actual;
      } else {
        EXPECT_NEAR(actual, expected.get<double>(), 1e-12) << "case " << i << " " << name;
      }
    }
  }
}

TEST(PrecisionRecallTrapezoid, EqualsScikitLearnsCurveUnderTrapezoids) {
  const auto golden = testing::ReadGolden("metrics.json");
  int checked = 0;
  for (const auto& json : golden["cases"]) {
    if (json["classes"] != 2 || json["metrics"]["roc_auc"].is_null()) continue;
    const Case one(json);
    std::vector<double> score;
    for (size_t row = 0; row < one.truth.size(); ++row) score.push_back(one.probability[2 * row + 1]);
    const auto ranking = RankByScore(one.truth, 1, score);
    EXPECT_NEAR(PrecisionRecallTrapezoid(ranking), json["metrics"]["trapezoid"].get<double>(), 1e-12);
    ++checked;
  }
  EXPECT_GE(checked, 3);
}

TEST(ClassificationReport, NaNIsWrittenAsNullAndLabelsAloneGiveNoProbabilityMetrics) {
  const std::vector<int32_t> ones = {1, 1, 1};
  const std::vector<double> probability = {0.5, 0.5, 0.2, 0.8, 0.1, 0.9};
  const auto report =
      EvaluateClassifier({.classes = 2, .truth = ones, .predicted = ones, .probability = probability}, 1);
  EXPECT_TRUE(report->ToJson()["roc_auc"].is_null());
  EXPECT_EQ(report->ToJson()["accuracy"], 1.0);
  const auto labels = EvaluateClassifier({.classes = 2, .truth = ones, .predicted = ones, .probability = {}}, 1);
  EXPECT_FALSE(labels->metrics.contains("log_loss"));
}

TEST(CheckPredictions, NamesTheRowThatIsWrong) {
  const std::vector<int32_t> good = {0, 1};
  const std::vector<int32_t> bad = {0, 2};
  const std::vector<double> high = {0.5, 0.5, 0.2, 1.8};
  const std::vector<double> nan = {0.5, std::nan(""), 0.2, 0.8};
  const auto check = [](auto predictions) { return CheckPredictions(predictions).error().message(); };
  EXPECT_EQ(check(ClassPredictions{.classes = 2, .truth = good, .predicted = bad, .probability = {}}),
            "row 1: predicted label 2 is not one of the 2 classes");
  EXPECT_EQ(check(ClassPredictions{.classes = 2, .truth = good, .predicted = good, .probability = high}),
            "row 1: the probability of class 1 is 1.8, not between 0 and 1");
  EXPECT_FALSE(CheckPredictions({.classes = 2, .truth = good, .predicted = good, .probability = nan}));
  EXPECT_FALSE(CheckPredictions({.classes = 2, .truth = {}, .predicted = {}, .probability = {}}));
  EXPECT_FALSE(CheckPredictions({.classes = 1, .truth = good, .predicted = good, .probability = {}}));
  EXPECT_FALSE(EvaluateClassifier({.classes = 2, .truth = good, .predicted = good, .probability = {}}, 2));
}

TEST(Scoring, TakesScikitLearnsNamesAndMakesGreaterBetter) {
  const std::vector<int32_t> truth = {0, 1};
  const std::vector<double> probability = {0.8, 0.2, 0.4, 0.6};
  const auto report =
      EvaluateClassifier({.classes = 2, .truth = truth, .predicted = truth, .probability = probability}, 1).value();
  for (const char* name : {"brier", "neg_brier", "neg_brier_score"}) {
    EXPECT_NEAR(ParseScoring(name)->Of(report), -(0.04 + 0.16) / 2, 1e-15) << name;
  }
  EXPECT_EQ(ParseScoring("average_precision")->Of(report), 1);
  EXPECT_FALSE(ParseScoring("accuracy")->needs_probability);
  EXPECT_TRUE(ParseScoring("roc_auc_ovr")->needs_probability);
  const auto unknown = ParseScoring("acuracy");
  EXPECT_EQ(unknown.error().message(), "scoring 'acuracy' is not known; did you mean 'accuracy'?");
}

}  // namespace
}  // namespace gyre::stats
