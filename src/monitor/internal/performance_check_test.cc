#include "monitor/internal/performance_check.h"

#include <gmock/gmock.h>
#include <limits>

#include "monitor/internal/alarm_rules.h"

namespace gyre::monitor::internal {
namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

/// Rows of two versions: one knows no and rain, the other no and snow.
LabelledRows TwoVersions() {
  LabelledRows rows;
  rows.classes = {"no", "rain", "snow"};
  rows.positive_class = "snow";
  rows.prediction_ids.resize(4);
  rows.labels = {"rain", "no", "snow", "no"};
  rows.predicted_labels = {"rain", "no", "no", "no"};
  rows.probabilities = {.classes = 3, .values = {0.25F, 0.75F, kNone, 1, 0, kNone, 0.5F, kNone, 0.5F, 1, kNone, 0}};
  return rows;
}

TEST(PerformanceCheck, AClassThatAVersionDidNotKnowHadNoProbability) {
  const auto json = EvaluateRows(TwoVersions()).value();
  EXPECT_EQ(json.at("rows"), 4);
  EXPECT_EQ(json.at("accuracy"), 0.75);
  // By hand: (0.25^2 + 0.25^2) + 0 + (0.5^2 + 0.5^2) + 0 over four rows.
  EXPECT_DOUBLE_EQ(json.at("brier").get<double>(), (0.125 + 0.5) / 4);
  EXPECT_EQ(json.at("classes"), base::Json({"no", "rain", "snow"}));
  EXPECT_EQ(json.at("confusion_matrix"), base::Json({{2, 0, 0}, {0, 1, 0}, {1, 0, 0}}));
}

TEST(PerformanceCheck, WithoutProbabilitiesInEveryRowThereAreMetricsOfLabelsOnly) {
  auto rows = TwoVersions();
  for (size_t i = 0; i < 3; ++i) rows.probabilities.values[i] = kNone;
  const auto json = EvaluateRows(rows).value();
  EXPECT_EQ(json.at("accuracy"), 0.75);
  EXPECT_FALSE(json.contains("brier"));
}

TEST(PerformanceCheck, RoundingBeyondOneIsNoError) {
  auto rows = TwoVersions();
  rows.probabilities.values[3] = 1.0000001F;
  EXPECT_TRUE(EvaluateRows(rows));
}

TEST(PerformanceCheck, AnUndefinedMetricIsNullAndRaisesNothing) {
  auto rows = TwoVersions();
  rows.labels = {"no", "no", "no", "no"};
  WindowReport report;
  report.labels = 1000;
  report.performance = EvaluateRows(rows).value();
  EXPECT_TRUE(report.performance.at("roc_auc").is_null());
  MonitorConfig config;
  config.performance = {{.metric = "roc_auc", .threshold = 0.9}, {.metric = "accuracy", .threshold = 0.9}};
  const auto alarms = PerformanceAlarms(report, config);
  ASSERT_EQ(alarms.size(), 1U);
  EXPECT_EQ(alarms[0].subject, "accuracy");
}

TEST(PerformanceCheck, RowsWithoutAJudgementAreAnErrorNotAFigure) {
  auto rows = TwoVersions();
  rows.labels.assign(4, "hail");
  EXPECT_FALSE(EvaluateRows(rows));
}

TEST(DriftAlarms, NameAFewFeaturesAndCountTheRest) {
  WindowReport report;
  report.endpoint = serve::EndpointName("rain");
  report.features = 10;
  report.drifted_features = 7;
  for (int i = 0; i < 7; ++i) {
    DriftFigure figure;
    figure.feature = fmt::format("f{}", i);
    figure.test = "psi";
    figure.score = 0.25;
    figure.drifted = true;
    report.drift.push_back(figure);
    figure.test = "ks";
    report.drift.push_back(figure);
  }
  const auto alarm = DriftAlarm(report, {});
  EXPECT_THAT(alarm.reason, ::testing::HasSubstr("7 of 10 features"));
  EXPECT_THAT(alarm.reason, ::testing::HasSubstr("f4 (PSI 0.250), 2 more"));
}

}  // namespace
}  // namespace gyre::monitor::internal
