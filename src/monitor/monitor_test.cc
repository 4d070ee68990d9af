#include "monitor/monitor.h"

#include <cmath>
#include <gmock/gmock.h>

#include "monitor/testing/temp_monitor.h"
#include "stats/drift.h"
#include "stats/report.h"
#include "store/testing/audit_actions.h"
#include "store/testing/schema_dump.h"

namespace gyre::monitor {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::SampleRow;
using ::testing::SizeIs;
using testing::TempMonitor;
using testing::Weather;

constexpr auto Week = TempMonitor::Week;
const serve::EndpointName kRain("rain");

const DriftFigure& Figure(const WindowReport& report, std::string_view feature, std::string_view test) {
  for (const auto& figure : report.drift) {
    if (figure.feature == feature && figure.test == test) return figure;
  }
  ADD_FAILURE() << "no " << test << " of " << feature;
  static const DriftFigure kNone;
  return kNone;
}

TEST(Monitor, ReportsAWindowOnceEventTimeHasPassedIt) {
  TempMonitor monitor;
  Weather weather(2);
  monitor.Log(weather.Rows(Week(0), Week(1), 500));
  monitor.Evaluate();
  EXPECT_THAT(monitor.actions().windows, IsEmpty()) << "the week is not over";
  monitor.Tick(Week(1));
  monitor.Evaluate();
  ASSERT_THAT(monitor.actions().windows, SizeIs(1));
  const auto& report = monitor.actions().windows[0];
  EXPECT_EQ(report.from, Week(0));
  EXPECT_EQ(report.until, Week(1));
  EXPECT_EQ(report.rows, 500);
  EXPECT_EQ(report.version.ToString(), "rain/1");
  EXPECT_THAT(report.answered_by, ElementsAre("rain/1"));
  EXPECT_TRUE(report.judged);
  EXPECT_FALSE(report.drifted);
  EXPECT_EQ(report.features, 3);
  EXPECT_THAT(monitor.actions().alarms, IsEmpty());
  EXPECT_EQ(monitor->Window(report.id).value().ToJson(), report.ToJson());
  monitor.Evaluate();
  EXPECT_THAT(monitor.actions().windows, SizeIs(1));
}

TEST(Monitor, ForgettingAnEndpointLetsItBeginAnew) {
  TempMonitor monitor;
  Weather weather(2);
  weather.humid_shift = 10;
  ASSERT_TRUE(monitor->Configure(kRain, MonitorConfig::FromJson({{"persistence", 1}}, "").value(), "ann"));
  const auto ids = monitor.Log(weather.Rows(Week(0), Week(1), 500));
  ASSERT_TRUE(monitor.labels().Submit(kRain, {{.prediction_id = ids[0], .label = "rain", .observed_at = {}}}));
  monitor.Tick(Week(1));
  monitor.Evaluate();
  ASSERT_THAT(monitor->Alarms(kRain, 10).value(), Not(IsEmpty()));
  const auto config = monitor->ConfigOf(kRain).value().ToJson();

  ASSERT_TRUE(monitor->Forget(kRain, "ann"));
  EXPECT_THAT(monitor->Windows(kRain, 10).value(), IsEmpty());
  EXPECT_THAT(monitor->Alarms(kRain, 10).value(), IsEmpty());
  EXPECT_EQ(monitor.labels().Count(kRain), 0);
  EXPECT_EQ(monitor->ConfigOf(kRain).value().ToJson(), config);
  EXPECT_THAT(store::testing::AuditActions(monitor.database()), Contains(HasSubstr("endpoint_forgotten")));

  const auto again = monitor.Log(weather.Rows(Week(0), Week(1), 400));
  EXPECT_EQ(monitor.labels().Submit(kRain, {{.prediction_id = again[0], .label = "rain", .observed_at = {}}})->accepted,
            1);
  monitor.Tick(Week(1));
  monitor.Evaluate();
  const auto windows = monitor->Windows(kRain, 10).value();
  ASSERT_THAT(windows, SizeIs(1)) << "the same weeks are lived again";
  EXPECT_EQ(windows[0].rows, 400);
}

TEST(Monitor, FiguresEqualTheStatisticsOfTheSameRows) {
  TempMonitor monitor;
  Weather weather(3);
  weather.humid_shift = 4;
  auto rows = weather.Rows(Week(0), Week(1), 700);
  rows[10].temp = std::nanf("");
  monitor.Log(rows);
  ASSERT_TRUE(monitor.log()->Seal(kRain));
  monitor.Tick(Week(1));
  monitor.Evaluate();
  const auto report = monitor->Windows(kRain, 1).value().at(0);

  Weather reference_weather(1);
  const auto profile = testing::ProfileOf(reference_weather.Rows(Week(-52), Week(0), 5000));
  const auto& sample = profile.numbers.at("humid").sorted_sample;
  const std::vector<double> reference(sample.begin(), sample.end());
  std::vector<double> humid;
  std::vector<double> rain;
  stats::CategoryCounts sky;
  for (const auto& row : rows) {
    humid.push_back(row.humid);
    rain.push_back(row.rain);
    ++sky[row.sky];
  }
  EXPECT_EQ(Figure(report, "humid", "psi").score, stats::PsiQuantileBins(reference, humid)->statistic);
  const auto ks = stats::KolmogorovSmirnov(reference, humid, {.reference_rows = 5000}).value();
  EXPECT_EQ(Figure(report, "humid", "ks").score, ks.statistic);
  EXPECT_EQ(Figure(report, "humid", "ks").p_value, ks.p_value);
  EXPECT_EQ(Figure(report, "humid", "ks").convention, ks.convention);
  EXPECT_EQ(Figure(report, "temp", "ks").current_count, 699U) << "missing values are left out";
  const auto chi =
      stats::ChiSquared(profile.categories.at("sky").counts, sky, stats::ChiSquaredForm::kHomogeneity).value();
  EXPECT_EQ(Figure(report, "sky", "chi_squared").score, chi.statistic);
  EXPECT_EQ(Figure(report, "sky", "chi_squared").p_value, chi.p_value);
  EXPECT_EQ(Figure(report, "sky", "psi").score,
            stats::PsiCategories(profile.categories.at("sky").counts, sky)->statistic);
  const auto& answers = profile.predicted_probability.at("probability.rain").sorted_sample;
  EXPECT_EQ(Figure(report, "probability.rain", "ks").score,
            stats::KolmogorovSmirnov(std::vector<double>(answers.begin(), answers.end()), rain)->statistic);
  EXPECT_EQ(Figure(report, "prediction", "chi_squared").reference_count, 5000U);
  EXPECT_TRUE(Figure(report, "prediction", "psi").of_answer);
}

TEST(Monitor, AShiftRaisesAnAlarmWithItsEvidence) {
  TempMonitor monitor;
  Weather weather(4);
  weather.temp_shift = 10;
  weather.cloud_share = 0.1;
  monitor.Log(weather.Rows(Week(0), Week(1), 400));
  monitor.Tick(Week(1));
  monitor.Evaluate();
  ASSERT_THAT(monitor.actions().alarms, SizeIs(1));
  const auto& alarm = monitor.actions().alarms[0];
  const auto& window = monitor.actions().windows[0];
  EXPECT_EQ(alarm.kind, AlarmKind::kDrift);
  EXPECT_EQ(alarm.window_id, window.id);
  EXPECT_EQ(alarm.event_time, Week(1));
  EXPECT_EQ(alarm.version.ToString(), "rain/1");
  EXPECT_THAT(alarm.reason, HasSubstr("2 of 3 features of rain drifted from rain/1's reference in "
                                      "2013-09-05T00:00:00Z to 2013-09-12T00:00:00Z: temp (PSI "));
  EXPECT_EQ(alarm.evidence.at("window"), window.ToJson());
  EXPECT_EQ(alarm.evidence.at("rules"), MonitorConfig().ToJson());
  EXPECT_TRUE(Figure(window, "temp", "psi").drifted);
  EXPECT_TRUE(Figure(window, "temp", "ks").drifted) << "one verdict at each figure of a feature";
  EXPECT_FALSE(Figure(window, "humid", "ks").drifted);
  EXPECT_TRUE(Figure(window, "sky", "chi_squared").drifted);
  EXPECT_EQ(monitor->GetAlarm(alarm.id).value().ToJson(), alarm.ToJson());
  EXPECT_THAT(monitor->Alarms(kRain, 10).value(), SizeIs(1));
  const auto metrics = monitor.metrics().Expose();
  EXPECT_THAT(metrics, HasSubstr("gyre_alarms_total{endpoint=\"rain\",kind=\"drift\"} 1"));
  EXPECT_THAT(metrics, HasSubstr(fmt::format("gyre_drift_score{{endpoint=\"rain\",feature=\"temp\",test=\"ks\"}} {}",
                                             Figure(window, "temp", "ks").score)));
  EXPECT_THAT(store::testing::AuditActions(monitor.database()), Contains("monitor alarm_raised " + alarm.id));
}

TEST(Monitor, TheSameAlarmIsNotRaisedTwiceAcrossARestart) {
  TempMonitor monitor;
  Weather weather(4);
  weather.temp_shift = 10;
  monitor.Log(weather.Rows(Week(0), Week(1), 400));
  monitor.Tick(Week(1));
  monitor.Evaluate();
  ASSERT_THAT(monitor.actions().alarms, SizeIs(1));
  monitor.Reopen();
  monitor.Evaluate();
  ASSERT_TRUE(monitor->Start());
  monitor->Stop();
  EXPECT_THAT(monitor.actions().alarms, SizeIs(1));
  EXPECT_THAT(monitor->Alarms(kRain, 10).value(), SizeIs(1));
  EXPECT_THAT(monitor->Windows(kRain, 10).value(), SizeIs(1));
}

TEST(Monitor, AnAlarmThatNobodyTookComesAtTheNextStart) {
  TempMonitor monitor;
  monitor->SetSink(nullptr);
  Weather weather(4);
  weather.temp_shift = 10;
  monitor.Log(weather.Rows(Week(0), Week(1), 400));
  monitor.Tick(Week(1));
  monitor.Evaluate();
  EXPECT_THAT(monitor.actions().alarms, IsEmpty());
  monitor.Reopen();
  ASSERT_TRUE(monitor->Start());
  for (int i = 0; i < 500 && monitor.actions().calls == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  monitor->Stop();
  EXPECT_THAT(monitor.actions().alarms, SizeIs(1));
}

TEST(Monitor, FewRowsAreReportedAndRaiseNothing) {
  TempMonitor monitor;
  Weather weather(5);
  weather.temp_shift = 30;
  weather.humid_shift = 100;
  monitor.Log(weather.Rows(Week(0), Week(1), 199));
  monitor.Tick(Week(1));
  monitor.Evaluate();
  ASSERT_THAT(monitor.actions().windows, SizeIs(1));
  const auto& report = monitor.actions().windows[0];
  EXPECT_FALSE(report.judged);
  EXPECT_FALSE(report.drifted);
  EXPECT_GT(Figure(report, "temp", "psi").score, 1);
  EXPECT_FALSE(Figure(report, "temp", "psi").drifted);
  EXPECT_THAT(monitor.actions().alarms, IsEmpty());
}

TEST(Monitor, WaitsForDriftToPersist) {
  TempMonitor monitor;
  MonitorConfig config;
  config.persistence = 3;
  ASSERT_TRUE(monitor->Configure(kRain, config, "ann"));
  Weather weather(6);
  for (int week = 0; week < 7; ++week) {
    weather.temp_shift = week == 1 ? 0 : 10;
    // Week 4 has too few rows to say anything: it neither counts nor breaks the row.
    monitor.Log(weather.Rows(Week(week), Week(week + 1), week == 4 ? 20 : 300));
  }
  monitor.Tick(Week(7));
  monitor.Evaluate();
  EXPECT_THAT(monitor.actions().windows, SizeIs(7));
  ASSERT_THAT(monitor.actions().alarms, SizeIs(2));
  EXPECT_EQ(monitor.actions().alarms[0].event_time, Week(6)) << "weeks 2, 3 and 5";
  EXPECT_EQ(monitor.actions().alarms[1].event_time, Week(7));
}

TEST(Monitor, LatenessHoldsAWindowOpen) {
  TempMonitor monitor;
  MonitorConfig config;
  config.lateness = std::chrono::hours(24);
  ASSERT_TRUE(monitor->Configure(kRain, config, "ann"));
  Weather weather(7);
  monitor.Log(weather.Rows(Week(0), Week(1), 300));
  monitor.Tick(Week(1) + std::chrono::hours(23));
  monitor.Evaluate();
  EXPECT_THAT(monitor.actions().windows, IsEmpty());
  monitor.Log({weather.Row(Week(0))});
  monitor.Tick(Week(1) + std::chrono::hours(24));
  monitor.Evaluate();
  ASSERT_THAT(monitor.actions().windows, SizeIs(1));
  EXPECT_EQ(monitor.actions().windows[0].rows, 301);
}

TEST(Monitor, WeeksWithoutRowsAreSkippedAndNoRowIsCountedTwice) {
  TempMonitor monitor;
  Weather weather(8);
  monitor.Log(weather.Rows(Week(-100), Week(-99), 250));
  monitor.Log(weather.Rows(Week(0), Week(1), 260));
  monitor.Tick(Week(3) + std::chrono::hours(1));
  monitor.Evaluate();
  monitor.Tick(Week(3) + std::chrono::hours(2));
  monitor.Evaluate();
  monitor.Tick(Week(4));
  monitor.Evaluate();
  std::vector<std::pair<base::Timestamp, int64_t>> seen;
  for (const auto& report : monitor.actions().windows) seen.emplace_back(report.from, report.rows);
  EXPECT_THAT(seen, ElementsAre(std::pair(Week(-100), 250), std::pair(Week(0), 260), std::pair(Week(3), 2)));
}

TEST(Monitor, AnotherWidthBeginsWhereTheLastWindowEnded) {
  TempMonitor monitor;
  Weather weather(9);
  monitor.Log(weather.Rows(Week(0), Week(2), 1400));
  monitor.Tick(Week(2));
  MonitorConfig config;
  config.window = std::chrono::hours(24 * 10);
  monitor.Evaluate();
  ASSERT_TRUE(monitor->Configure(kRain, config, "ann"));
  monitor.Log(weather.Rows(Week(2), Week(6), 2800));
  monitor.Tick(Week(6));
  monitor.Evaluate();
  int64_t rows = 0;
  auto end = Week(0);
  for (const auto& report : monitor.actions().windows) {
    EXPECT_EQ(report.from, end);
    end = report.until;
    rows += report.rows;
  }
  const auto counted = std::chrono::duration_cast<std::chrono::hours>(end - Week(0)).count() * 1400 / (24 * 14);
  EXPECT_EQ(rows, counted + 1) << "every row once, and the tick's";
  EXPECT_EQ(base::ToMicros(end) % std::chrono::microseconds(config.window).count(), 0) << "aligned again";
}

TEST(Monitor, ComparesAllVersionsWithTheChampionThereIs) {
  TempMonitor monitor;
  Weather other(10);
  other.temp_shift = 10;
  monitor.RegisterVersion(testing::ProfileOf(other.Rows(Week(-52), Week(0), 2000)));
  monitor.Promote(2);
  Weather weather(11);
  auto rows = weather.Rows(Week(0), Week(1), 400);
  for (size_t i = 0; i < rows.size(); i += 2) rows[i].version = 2;
  monitor.Log(rows);
  monitor.Tick(Week(1));
  monitor.Evaluate();
  const auto& report = monitor.actions().windows.at(0);
  EXPECT_EQ(report.version.ToString(), "rain/2");
  EXPECT_THAT(report.answered_by, ElementsAre("rain/1", "rain/2"));
  EXPECT_EQ(report.rows, 400);
  EXPECT_TRUE(Figure(report, "temp", "psi").drifted);
  EXPECT_FALSE(Figure(report, "humid", "psi").drifted);
}

TEST(Monitor, AModelWithoutAProfileIsReportedWithoutFigures) {
  TempMonitor monitor;
  monitor.RegisterVersion({});
  monitor.Promote(2);
  Weather weather(12);
  monitor.Log(weather.Rows(Week(0), Week(1), 300));
  monitor.Tick(Week(1));
  monitor.Evaluate();
  const auto& report = monitor.actions().windows.at(0);
  EXPECT_EQ(report.rows, 300);
  EXPECT_THAT(report.drift, IsEmpty());
  EXPECT_FALSE(report.drifted);
}

TEST(Monitor, AColumnThatIsMissingThroughoutIsSaidToBe) {
  TempMonitor monitor;
  Weather weather(13);
  auto rows = weather.Rows(Week(0), Week(1), 300);
  for (auto& row : rows) {
    row.humid = std::nanf("");
    row.sky.clear();
  }
  monitor.Log(rows);
  monitor.Tick(Week(1));
  monitor.Evaluate();
  const auto report = monitor->Windows(kRain, 1).value().at(0);
  EXPECT_TRUE(std::isnan(Figure(report, "humid", "psi").score));
  EXPECT_EQ(Figure(report, "humid", "psi").convention, "the window has no values");
  EXPECT_TRUE(std::isnan(Figure(report, "sky", "chi_squared").score));
  EXPECT_EQ(report.features, 1) << "only temp could be compared";
}

TEST(Monitor, ANewCategoryIsDriftOnlyIfItIsCommon) {
  TempMonitor monitor;
  Weather weather(14);
  auto rows = weather.Rows(Week(0), Week(1), 1000);
  rows[5].sky = "meteors";
  monitor.Log(rows);
  auto common = weather.Rows(Week(1), Week(2), 1000);
  for (size_t i = 0; i < common.size(); i += 4) common[i].sky = "meteors";
  monitor.Log(common);
  monitor.Tick(Week(2));
  monitor.Evaluate();
  EXPECT_FALSE(Figure(monitor.actions().windows.at(0), "sky", "psi").drifted);
  EXPECT_TRUE(Figure(monitor.actions().windows.at(1), "sky", "psi").drifted);
}

TEST(Monitor, WithoutAShiftThereIsNoAlarm) {
  TempMonitor monitor;
  Weather weather(15);
  constexpr int kWeeks = 60;
  for (int week = 0; week < kWeeks; ++week) monitor.Log(weather.Rows(Week(week - 60), Week(week - 59), 250));
  monitor.Tick(Week(0));
  monitor.Evaluate();
  EXPECT_THAT(monitor.actions().windows, SizeIs(kWeeks));
  EXPECT_THAT(monitor.actions().alarms, IsEmpty());
}

TEST(Monitor, AnEndpointThatIsNotInstalledWaits) {
  TempMonitor monitor;
  Weather weather(16);
  monitor.Log(weather.Rows(Week(0), Week(1), 300));
  monitor.Tick(Week(1));
  monitor.endpoints().Remove(kRain);
  monitor.Evaluate();
  EXPECT_THAT(monitor.actions().windows, IsEmpty());
  monitor.Promote(1);
  monitor.Evaluate();
  EXPECT_THAT(monitor.actions().windows, SizeIs(1));
}

TEST(Monitor, ConfigurationsAreDurableAndAudited) {
  TempMonitor monitor;
  MonitorConfig config;
  config.psi = 0.3;
  ASSERT_TRUE(monitor->Configure(kRain, config, "ann"));
  monitor.Reopen();
  EXPECT_EQ(monitor->ConfigOf(kRain).value(), config);
  EXPECT_EQ(monitor->ConfigOf(serve::EndpointName("other")).value(), MonitorConfig{});
  EXPECT_THAT(store::testing::AuditActions(monitor.database()), Contains("ann monitor_configured rain"));
  EXPECT_FALSE(monitor->Configure(serve::EndpointName("../x"), config, "ann"));
}

TEST(Monitor, UnknownIdsAreNotFound) {
  TempMonitor monitor;
  EXPECT_EQ(monitor->Window("nope").error().code(), base::ErrorCode::kNotFound);
  EXPECT_EQ(monitor->GetAlarm("nope").error().code(), base::ErrorCode::kNotFound);
}

TEST(Monitor, ItsThreadClosesWindowsByItself) {
  TempMonitor monitor;
  ASSERT_TRUE(monitor->Start());
  Weather weather(17);
  monitor.Log(weather.Rows(Week(0), Week(1), 300));
  monitor.Tick(Week(1));
  const auto windows = [&] { return monitor->Windows({}, 10).value().size(); };
  for (int i = 0; i < 1000 && windows() == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(windows(), 1U);
  monitor->Stop();
  monitor->Stop();
}

TEST(Monitor, EverythingAtOnceIsSafe) {
  TempMonitor monitor;
  MonitorConfig config;
  config.window = std::chrono::hours(6);
  config.performance = {{.metric = "brier", .threshold = 0.1, .min_labels = 10}};
  ASSERT_TRUE(monitor->Configure(kRain, config, "ann"));
  ASSERT_TRUE(monitor->Start());
  std::vector<std::thread> threads;
  std::atomic<bool> done{false};
  threads.emplace_back([&] {
    while (!done) EXPECT_TRUE(monitor->EvaluateDue(kRain));
  });
  threads.emplace_back([&] {
    while (!done) {
      EXPECT_TRUE(monitor->Configure(kRain, config, "bob"));
      EXPECT_TRUE(monitor->Windows(kRain, 5));
      EXPECT_TRUE(monitor->Alarms({}, 5));
      EXPECT_TRUE(monitor.log()->Seal(kRain));
    }
  });
  Weather weather(19);
  int64_t logged = 0;
  for (int day = 0; day < 12; ++day) {
    const auto from = Week(0) + std::chrono::hours(24 * day);
    const auto ids = monitor.Log(weather.Rows(from, from + std::chrono::hours(24), 200));
    logged += static_cast<int64_t>(ids.size());
    std::vector<Label> labels;
    for (const auto& id : ids) labels.push_back({id, "rain", {}});
    EXPECT_EQ(monitor.labels().Submit(kRain, labels).value().accepted, static_cast<int64_t>(ids.size()));
  }
  done = true;
  for (auto& thread : threads) thread.join();
  monitor->Stop();
  monitor.Tick(Week(2));
  monitor.log().clock().Advance(std::chrono::hours(1));
  monitor.Evaluate();
  const auto windows = monitor->Windows(kRain, 100).value();
  EXPECT_THAT(windows, SizeIs(48));
  int64_t rows = 0;
  int64_t labels = 0;
  for (const auto& report : windows) {
    rows += report.rows;
    labels += report.labels;
  }
  EXPECT_EQ(rows, logged);
  EXPECT_EQ(labels, logged - 50) << "the last window's labels have not passed it";
  std::set<std::string> told;
  for (const auto& alarm : monitor.actions().alarms) EXPECT_TRUE(told.insert(alarm.id).second) << "told twice";
  EXPECT_EQ(told.size(), monitor->Alarms(kRain, 1000).value().size());
}

TEST(Monitor, TheReleasedSchemaDoesNotChange) {
  TempMonitor monitor;
  const auto dump = store::testing::DumpSchema(monitor.database()).value();
  std::string ours;
  for (const auto line : {"label_endpoints", "prediction_labels", "monitor"}) {
    for (size_t at = 0; at < dump.size();) {
      const size_t end = dump.find(";\n", at) + 2;
      const auto statement = dump.substr(at, end - at);
      const auto head = statement.substr(0, statement.find('('));
      if (head.contains(line)) ours += statement;
      at = end;
    }
  }
  EXPECT_EQ(ours, base::ReadFile(std::filesystem::path(GYRE_TEST_DATA) / "schema.sql", 1 << 20).value());
}

}  // namespace
}  // namespace gyre::monitor
