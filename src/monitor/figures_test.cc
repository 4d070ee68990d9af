// Measures, not tests: what the log and the labels cost, how often the monitor cries wolf. Run with
// --gtest_also_run_disabled_tests --gtest_filter='Figures*'.
#include <gtest/gtest.h>

#include "monitor/testing/temp_monitor.h"
#include "stats/drift.h"

namespace gyre::monitor {
namespace {

using testing::SampleRow;
using testing::TempLog;
using testing::TempMonitor;
using testing::Weather;
using Clock = std::chrono::steady_clock;

const serve::EndpointName kRain("rain");
constexpr int kRows = 1'000'000;
constexpr int kLabels = 10'000;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

template <class Work>
double Seconds(const Work& work) {
  const auto start = Clock::now();
  work();
  return SecondsSince(start);
}

/// The signature and rows of ten numbers and a category.
struct WideRows {
  explicit WideRows(size_t count) {
    for (int i = 0; i < 10; ++i) signature.inputs.push_back({.name = fmt::format("number_{}", i)});
    signature.inputs.push_back({.name = "sky", .type = model::FeatureType::kCategory});
    signature.classes = {"no", "rain"};
    signature.positive_class = "rain";
    base::testing::SeededEntropy entropy(1);
    const base::SystemClock clock;
    for (size_t i = 0; i < count; ++i) {
      views.push_back({.id = serve::NewPredictionId(clock.Now(), entropy),
                       .time = clock.Now(),
                       .event_time = clock.Now(),
                       .key = "LGA",
                       .numbers = numbers,
                       .categories = categories,
                       .answer = {.version = &version, .label = 1, .probabilities = probabilities},
                       .shadow = {}});
    }
  }
  serve::PredictionBatch Batch(size_t first, size_t count) const {
    return {.endpoint = "rain", .signature = &signature, .rows = std::span(views).subspan(first, count)};
  }

  model::Signature signature;
  std::array<float, 10> numbers{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  std::array<std::string_view, 1> categories{"cloudy"};
  std::array<float, 2> probabilities{0.25F, 0.75F};
  registry::VersionRef version{registry::ModelName("rain"), 3};
  std::vector<serve::PredictionView> views;
};

TEST(FiguresOfTheLog, DISABLED_OfferWriteAndSeal) {
  constexpr size_t kCount = 400'000;
  constexpr size_t kPiece = 16'000;  // what a ring of the default size holds
  const WideRows rows(kCount);
  for (const size_t batch : {1U, 32U}) {
    TempLog log;
    log.options().write_interval = std::chrono::milliseconds(600'000);
    log.options().seal_bytes = 1ULL << 40;
    log.Reopen();
    double offering = 0;
    double writing = 0;
    for (size_t piece = 0; piece < kCount; piece += kPiece) {
      offering += Seconds([&] {
        for (size_t i = piece; i < piece + kPiece; i += batch) log->Offer(rows.Batch(i, batch));
      });
      writing += Seconds([&] { log->Flush(); });
    }
    const double sealing = Seconds([&] { ASSERT_TRUE(log->Seal(kRain)); });
    EXPECT_EQ(log->dropped(kRain), 0U);
    fmt::print(
        "offer, {:2} rows a call: {:.0f} ns a row; writer {:.2f} M rows/s; seal {:.2f} M rows/s, {} bytes a row\n",
        batch, offering / kCount * 1e9, kCount / writing / 1e6, kCount / sealing / 1e6,
        std::filesystem::file_size(log->Files(kRain)[0]) / kCount);
  }
}

TEST(FiguresOfTheLog, DISABLED_LabelsOverAMillionRows) {
  TempMonitor monitor;
  Weather weather(1);
  std::vector<std::string> ids;
  const auto week = [](int n) { return TempMonitor::Week(n); };
  for (int chunk = 0; chunk < kRows / 10'000; ++chunk) {
    monitor.log().clock().Advance(std::chrono::seconds(60));
    const auto more = monitor.Log(weather.Rows(week(0), week(1), 10'000));
    ids.insert(ids.end(), more.begin(), more.end());
    if (chunk % 20 == 19) {
      ASSERT_TRUE(monitor.log()->Seal(kRain));
    }
  }
  ASSERT_EQ(ids.size(), size_t{kRows});
  std::vector<Label> labels;
  for (int i = 0; i < kLabels; ++i) labels.push_back({ids[static_cast<size_t>(i) * (kRows / kLabels)], "rain", {}});
  const double many = Seconds([&] { EXPECT_EQ(monitor.labels().Submit(kRain, labels).value().accepted, kLabels); });
  const double again = Seconds([&] { EXPECT_EQ(monitor.labels().Submit(kRain, labels).value().duplicate, kLabels); });
  const double one =
      Seconds([&] { EXPECT_EQ(monitor.labels().Submit(kRain, {{ids[7], "no", {}}}).value().accepted, 1); });
  const double join = Seconds([&] { EXPECT_EQ(monitor.labels().Join(kRain, {}).value().size(), kLabels + 1U); });
  monitor.Tick(week(1));
  const double window = Seconds([&] { monitor.Evaluate(); });
  fmt::print(
      "over {} rows: {} labels in {:.0f} ms, again {:.0f} ms, one label {:.1f} ms, join {:.0f} ms; "
      "closing their window (3 features) {:.0f} ms\n",
      kRows, kLabels, many * 1e3, again * 1e3, one * 1e3, join * 1e3, window * 1e3);
}

TEST(FiguresOfTheMonitor, DISABLED_FalseAlarmsWithoutAShift) {
  TempMonitor monitor;
  Weather weather(15);
  constexpr int kWeeks = 2000;
  monitor.log().clock().Set(TempMonitor::Week(kWeeks + 1));
  for (int week = 0; week < kWeeks; ++week) {
    monitor.Log(weather.Rows(TempMonitor::Week(week), TempMonitor::Week(week + 1), 200));
  }
  monitor.Tick(TempMonitor::Week(kWeeks));
  const double seconds = Seconds([&] { monitor.Evaluate(); });
  int drifted_features = 0;
  for (const auto& report : monitor.actions().windows) drifted_features += static_cast<int>(report.drifted_features);
  fmt::print("{} windows of 200 rows without a shift: {} alarms, {} drifted features of {}; {:.0f} ms a window\n",
             monitor.actions().windows.size(), monitor.actions().alarms.size(), drifted_features, 3 * kWeeks,
             seconds / kWeeks * 1e3);
}

/// The rule of one feature by itself, at the fewest rows that are judged, on more kinds of columns than Weather has.
TEST(FiguresOfTheMonitor, DISABLED_FalseVerdictsOfOneFeature) {
  constexpr int kWindows = 20'000;
  const MonitorConfig config;
  stats::Random random(3);
  const auto count_numbers = [&](size_t reference_rows, const auto& draw) {
    std::vector<double> reference(reference_rows);
    for (auto& value : reference) value = draw();
    std::ranges::sort(reference);
    std::vector<double> current(static_cast<size_t>(config.min_rows));
    int drifted = 0;
    for (int i = 0; i < kWindows; ++i) {
      for (auto& value : current) value = draw();
      const bool large = stats::PsiQuantileBins(reference, current)->statistic >= config.psi;
      drifted += large && *stats::KolmogorovSmirnov(reference, current)->p_value < config.p_value ? 1 : 0;
    }
    return static_cast<double>(drifted) / kWindows;
  };
  const auto count_categories = [&](uint64_t distinct) {
    const auto draw = [&](int rows) {
      stats::CategoryCounts counts;
      for (int i = 0; i < rows; ++i) ++counts[std::to_string(std::min(random.Below(distinct), random.Below(distinct)))];
      return counts;
    };
    const auto reference = draw(5000);
    int drifted = 0;
    for (int i = 0; i < kWindows; ++i) {
      const auto current = draw(static_cast<int>(config.min_rows));
      const bool large = stats::PsiCategories(reference, current)->statistic >= config.psi;
      const auto chi = stats::ChiSquared(reference, current, stats::ChiSquaredForm::kHomogeneity);
      drifted += large && *chi->p_value < config.p_value ? 1 : 0;
    }
    return static_cast<double>(drifted) / kWindows;
  };
  fmt::print("false verdicts of one feature at {} rows, {} windows each:\n", config.min_rows, kWindows);
  fmt::print("  normal, reference of 5,000: {}\n", count_numbers(5000, [&] { return random.Normal(); }));
  fmt::print("  normal, reference of 300: {}\n", count_numbers(300, [&] { return random.Normal(); }));
  fmt::print("  mostly zero: {}\n", count_numbers(5000, [&] { return std::max(0.0, random.Normal() - 1.5); }));
  fmt::print("  15 distinct numbers: {}\n", count_numbers(5000, [&] { return static_cast<double>(random.Below(15)); }));
  for (const uint64_t distinct : {3U, 20U, 100U}) {
    fmt::print("  {} categories: {}\n", distinct, count_categories(distinct));
  }
}

}  // namespace
}  // namespace gyre::monitor
