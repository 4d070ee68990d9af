#include "monitor/internal/drift_check.h"

#include <gtest/gtest.h>

#include "monitor/testing/temp_monitor.h"
#include "stats/drift.h"

namespace gyre::monitor::internal {
namespace {

using testing::SampleRow;
using testing::TempLog;

const serve::EndpointName kRain("rain");
const auto kFrom = base::ParseTimestamp("2013-09-05").value();
const auto kUntil = kFrom + std::chrono::hours(24 * 7);

/// Rows of one window against a profile made by hand.
class DriftCheckTest : public ::testing::Test {
 protected:
  WindowReport Compare(const std::vector<SampleRow>& rows, const model::ReferenceProfile& profile) {
    for (size_t i = 0; i < rows.size(); i += 1000) {
      const auto piece = std::span(rows).subspan(i, std::min<size_t>(1000, rows.size() - i));
      EXPECT_FALSE(log_.Add({piece.begin(), piece.end()}).empty());
      log_->Flush();
    }
    WindowReport report;
    report.from = kFrom;
    report.until = kUntil;
    auto view = log_->View(kRain, {}).value();
    const auto compared = CompareWindow(view, profile, config_, report);
    EXPECT_TRUE(compared) << compared.error().ToString();
    return report;
  }
  static const DriftFigure& Figure(const WindowReport& report, std::string_view test) {
    const auto found = std::ranges::find(report.drift, test, &DriftFigure::test);
    EXPECT_NE(found, report.drift.end());
    return *found;
  }
  static std::vector<SampleRow> RowsOfSky(int count, const std::function<std::string(int)>& sky) {
    std::vector<SampleRow> rows;
    for (int i = 0; i < count; ++i) rows.push_back({.event_time = kFrom, .sky = sky(i)});
    return rows;
  }

  TempLog log_;
  MonitorConfig config_;
};

TEST_F(DriftCheckTest, CategoriesThatTheProfileDidNotKeepCountTogether) {
  model::ReferenceProfile profile;
  profile.categories["sky"] = {.count = 1000, .missing = 0, .counts = {{"a", 500}, {"b", 300}}, .other = 200};
  const auto rows = RowsOfSky(1000, [](int i) {
    return i % 10 < 5 ? "a" : i % 10 < 8 ? "b" : fmt::format("rare {}", i);
  });
  const auto report = Compare(rows, profile);
  EXPECT_NEAR(Figure(report, "psi").score, 0, 1e-12);
  EXPECT_NEAR(Figure(report, "chi_squared").score, 0, 1e-9);
  EXPECT_FALSE(report.drifted);
}

TEST_F(DriftCheckTest, ACrowdOfNewCategoriesIsDriftAndBounded) {
  model::ReferenceProfile profile;
  profile.categories["sky"] = {.count = 1000, .missing = 0, .counts = {{"a", 600}, {"b", 400}}, .other = 0};
  const auto report = Compare(RowsOfSky(3000, [](int i) { return fmt::format("never seen {}", i); }), profile);
  EXPECT_EQ(Figure(report, "psi").current_count, 3000U);
  EXPECT_TRUE(report.drifted);
}

TEST_F(DriftCheckTest, ALargeReferenceIsASampleAndSaysSo) {
  stats::Random random(5);
  std::vector<float> reference(20'000);
  for (auto& value : reference) value = static_cast<float>(random.Normal());
  model::ReferenceProfile profile;
  profile.numbers["temp"] = model::ProfileNumbers(reference);
  std::vector<SampleRow> rows;
  for (int i = 0; i < 2000; ++i) rows.push_back({.event_time = kFrom, .temp = static_cast<float>(random.Normal())});
  const auto report = Compare(rows, profile);
  EXPECT_EQ(Figure(report, "ks").reference_count, 20'000U);
  EXPECT_NE(Figure(report, "ks").convention.find("reference of 4096 quantiles for 20000 rows"), std::string::npos);
  // The quantiles move D by no more than their spacing.
  std::vector<double> all(reference.begin(), reference.end());
  std::ranges::sort(all);
  std::vector<double> current;
  for (const auto& row : rows) current.push_back(row.temp);
  EXPECT_NEAR(Figure(report, "ks").score, stats::KolmogorovSmirnov(all, current)->statistic, 1.0 / 4096);
}

TEST_F(DriftCheckTest, BothSizeAndSignificanceAreAskedFor) {
  stats::Random random(6);
  std::vector<float> reference(5000);
  for (auto& value : reference) value = static_cast<float>(random.Normal());
  model::ReferenceProfile profile;
  profile.numbers["temp"] = model::ProfileNumbers(reference);
  std::vector<SampleRow> rows;
  for (int i = 0; i < 20'000; ++i) {
    rows.push_back({.event_time = kFrom, .temp = static_cast<float>(0.15 + random.Normal())});
  }
  const auto report = Compare(rows, profile);
  EXPECT_LT(*Figure(report, "ks").p_value, 1e-6) << "no accident";
  EXPECT_LT(Figure(report, "psi").score, config_.psi) << "but small";
  EXPECT_FALSE(report.drifted);
}

TEST_F(DriftCheckTest, OnlyRowsOfTheWindowCount) {
  model::ReferenceProfile profile;
  profile.categories["sky"] = {.count = 10, .missing = 0, .counts = {{"clear", 10}}, .other = 0};
  const auto report = Compare({{.event_time = kFrom - std::chrono::microseconds(1)},
                               {.event_time = kFrom},
                               {.event_time = kUntil - std::chrono::microseconds(1)},
                               {.event_time = kUntil}},
                              profile);
  EXPECT_EQ(report.rows, 2);
  EXPECT_EQ(Figure(report, "psi").current_count, 2U);
}

TEST_F(DriftCheckTest, AFeatureThatChangedItsTypeIsReadAsTheProfileHasIt) {
  auto signature = testing::WeatherSignature();
  std::swap(signature.inputs[0].name, signature.inputs[1].name);  // temp is a category now, sky a number
  log_.Add({{.event_time = kFrom, .temp = 7, .sky = "12.5"}}, "rain", signature);
  model::ReferenceProfile profile;
  profile.numbers["temp"] = model::ProfileNumbers({1, 2, 3});
  const auto report = Compare({{.event_time = kFrom, .temp = 2}, {.event_time = kFrom, .temp = 3}}, profile);
  EXPECT_EQ(report.rows, 3);
  EXPECT_EQ(Figure(report, "ks").current_count, 3U) << "'12.5' is a number";
}

TEST_F(DriftCheckTest, AFeatureNoVersionHadIsPassedOver) {
  model::ReferenceProfile profile;
  profile.numbers["pressure"] = model::ProfileNumbers({1, 2, 3});
  const auto report = Compare({{.event_time = kFrom}}, profile);
  EXPECT_TRUE(report.drift.empty());
  EXPECT_EQ(report.features, 0);
}

}  // namespace
}  // namespace gyre::monitor::internal
