// Answers judged by labels that come late.
#include <gmock/gmock.h>

#include "monitor/testing/temp_monitor.h"
#include "stats/report.h"

namespace gyre::monitor {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SampleRow;
using ::testing::SizeIs;
using testing::TempMonitor;
using testing::Weather;

constexpr auto Week = TempMonitor::Week;
const serve::EndpointName kRain("rain");

class PerformanceTest : public ::testing::Test {
 protected:
  PerformanceTest() {
    MonitorConfig config;
    config.performance = {{.metric = "brier", .threshold = 0.2, .min_labels = 100},
                          {.metric = "accuracy", .threshold = 0.6, .min_labels = 100}};
    EXPECT_TRUE(monitor_->Configure(kRain, config, "ann"));
  }

  /// A week of answered rows.
  void LogWeek(int week, int count) {
    const auto rows = weather_.Rows(Week(week), Week(week + 1), count);
    const auto ids = monitor_.Log(rows);
    rows_.insert(rows_.end(), rows.begin(), rows.end());
    ids_.insert(ids_.end(), ids.begin(), ids.end());
  }
  /// Labels rows [first, last); `luck` of them are as predicted.
  void LabelRows(size_t first, size_t last, double luck) {
    std::vector<Label> labels;
    for (size_t i = first; i < last; ++i) {
      const bool rain = (rows_[i].rain >= 0.5F) == (random_.Uniform() < luck);
      truth_[ids_[i]] = rain;
      labels.push_back({ids_[i], rain ? "rain" : "no", {}});
    }
    EXPECT_EQ(monitor_.labels().Submit(kRain, labels).value().accepted, static_cast<int64_t>(labels.size()));
  }
  /// What stats says of the labelled rows among [first, last).
  stats::ClassificationReport Expected(size_t first, size_t last) {
    std::vector<int32_t> truth;
    std::vector<int32_t> predicted;
    std::vector<double> probability;
    for (size_t i = first; i < last; ++i) {
      const auto label = truth_.find(ids_[i]);
      if (label == truth_.end()) continue;
      truth.push_back(label->second ? 1 : 0);
      predicted.push_back(rows_[i].rain >= 0.5F ? 1 : 0);
      probability.push_back(1 - rows_[i].rain);
      probability.push_back(rows_[i].rain);
    }
    return stats::EvaluateClassifier({.classes = 2, .truth = truth, .predicted = predicted, .probability = probability},
                                     1)
        .value();
  }
  WindowReport NewestOf(base::Timestamp from) {
    const auto reports = monitor_->Windows(kRain, 100).value();
    for (const auto& report : reports) {
      if (report.from == from) return report;
    }
    ADD_FAILURE() << "no such window";
    return {};
  }

  TempMonitor monitor_;
  Weather weather_{20};
  stats::Random random_{21};
  std::vector<SampleRow> rows_;
  std::vector<std::string> ids_;
  std::map<std::string, bool> truth_;
};

TEST_F(PerformanceTest, EqualsStatsOnTheSameRows) {
  LogWeek(0, 300);
  LogWeek(1, 300);
  monitor_.Evaluate();
  EXPECT_EQ(NewestOf(Week(0)).performance, base::Json::object());
  LabelRows(0, 250, 0.9);
  monitor_.Evaluate();
  EXPECT_EQ(NewestOf(Week(0)).performance, base::Json::object()) << "labels have not passed the week";
  LabelRows(300, 301, 1);
  monitor_.Evaluate();
  const auto report = NewestOf(Week(0));
  EXPECT_EQ(report.labels, 250);
  auto expected = Expected(0, 300).ToJson();
  expected["classes"] = {"no", "rain"};
  for (const auto& [metric, value] : expected.items()) {
    if (value.is_number_float()) {
      EXPECT_NEAR(report.performance.at(metric).get<double>(), value.get<double>(), 1e-12) << metric;
    } else {
      EXPECT_EQ(report.performance.at(metric), value) << metric;
    }
  }
  EXPECT_THAT(monitor_.metrics().Expose(),
              HasSubstr(fmt::format("gyre_performance{{endpoint=\"rain\",metric=\"accuracy\"}} {}",
                                    report.performance.at("accuracy").get<double>())));
  EXPECT_THAT(monitor_.actions().alarms, IsEmpty());
  EXPECT_EQ(monitor_.actions().windows.back().id, report.id) << "told again with its performance";
}

TEST_F(PerformanceTest, ABreachRaisesOneAlarmPerRuleWithItsEvidence) {
  LogWeek(0, 300);
  LogWeek(1, 10);
  LabelRows(0, 301, 0.3);
  monitor_.Evaluate();
  ASSERT_THAT(monitor_.actions().alarms, SizeIs(2));
  const auto& alarm = monitor_.actions().alarms[0];
  EXPECT_EQ(alarm.kind, AlarmKind::kPerformance);
  EXPECT_EQ(alarm.subject, "brier");
  EXPECT_EQ(alarm.event_time, Week(1));
  EXPECT_THAT(alarm.reason, HasSubstr("brier of rain was"));
  EXPECT_THAT(alarm.reason, HasSubstr("over 300 labelled rows in 2013-09-05T00:00:00Z to 2013-09-12T00:00:00Z"));
  EXPECT_EQ(alarm.evidence.at("threshold"), 0.2);
  EXPECT_GT(alarm.evidence.at("value").get<double>(), 0.2);
  EXPECT_EQ(alarm.evidence.at("window").at("labels"), 300);
  EXPECT_EQ(monitor_.actions().alarms[1].subject, "accuracy");

  LabelRows(301, 302, 1);
  monitor_.Evaluate();
  monitor_.Reopen();
  monitor_.Evaluate();
  EXPECT_THAT(monitor_->Alarms(kRain, 10).value(), SizeIs(2)) << "raised once, whatever is evaluated again";
}

TEST_F(PerformanceTest, FewLabelsRaiseNothingAndMoreLabelsAreJudgedAnew) {
  LogWeek(0, 400);
  LogWeek(1, 10);
  LabelRows(0, 50, 0.1);
  LabelRows(400, 401, 1);
  monitor_.Evaluate();
  EXPECT_EQ(NewestOf(Week(0)).labels, 50);
  EXPECT_THAT(monitor_.actions().alarms, IsEmpty());
  LabelRows(50, 120, 0.1);
  monitor_.Evaluate();
  EXPECT_EQ(NewestOf(Week(0)).labels, 120);
  EXPECT_THAT(monitor_.actions().alarms, SizeIs(2));
}

TEST_F(PerformanceTest, ATrickleOfLabelsIsJudgedNowAndThen) {
  LogWeek(0, 300);
  LogWeek(1, 10);
  LabelRows(0, 200, 0.9);
  LabelRows(300, 301, 1);
  monitor_.Evaluate();
  const auto told = monitor_.actions().windows.size();
  LabelRows(200, 205, 0.9);
  monitor_.Evaluate();
  EXPECT_EQ(NewestOf(Week(0)).labels, 200) << "not worth another pass yet";
  monitor_.log().clock().Advance(std::chrono::seconds(61));
  monitor_.Evaluate();
  EXPECT_EQ(NewestOf(Week(0)).labels, 205);
  EXPECT_EQ(monitor_.actions().windows.size(), told + 1);
}

TEST_F(PerformanceTest, LabelsThatCameBeforeTheWindowClosedCount) {
  LogWeek(0, 300);
  LabelRows(0, 300, 0.3);
  monitor_.Evaluate();
  monitor_.Reopen();
  LogWeek(1, 10);
  LabelRows(300, 301, 1);
  monitor_.Evaluate();
  EXPECT_EQ(NewestOf(Week(0)).labels, 300);
  EXPECT_THAT(monitor_.actions().alarms, SizeIs(2));
}

TEST_F(PerformanceTest, GaugesComeBackWithARestart) {
  LogWeek(0, 300);
  LogWeek(1, 10);
  LabelRows(0, 301, 0.9);
  monitor_.Evaluate();
  const auto& gauge = monitor_.metrics().GetGauge("gyre_performance", "", {{"endpoint", "rain"}, {"metric", "brier"}});
  const double before = gauge.value();
  EXPECT_GT(before, 0);
  monitor_.metrics().GetGauge("gyre_performance", "", {{"endpoint", "rain"}, {"metric", "brier"}}).Set(-1);
  monitor_.Reopen();
  monitor_.Evaluate();
  EXPECT_EQ(gauge.value(), before);
}

}  // namespace
}  // namespace gyre::monitor
