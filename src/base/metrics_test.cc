#include "base/metrics.h"

#include <gtest/gtest.h>

#include "base/internal/duration_buckets.h"

namespace gyre::base {
namespace {

TEST(Metrics, CountsOfManyThreadsAddUp) {
  Metrics metrics;
  auto& counter = metrics.GetCounter("gyre_rows_total", "Rows.");
  auto& histogram = metrics.GetHistogram("gyre_seconds", "Time.");
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10'000; ++n) {
        counter.Add();
        histogram.Observe(0.001);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), 80'000u);
  EXPECT_EQ(histogram.count(), 80'000u);
}

TEST(Metrics, TheSameNameAndLabelsAreTheSameFigureInWhateverOrder) {
  Metrics metrics;
  auto& first = metrics.GetCounter("gyre_x_total", "X.", {{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(&first, &metrics.GetCounter("gyre_x_total", "X.", {{"b", "2"}, {"a", "1"}}));
  EXPECT_NE(&first, &metrics.GetCounter("gyre_x_total", "X.", {{"a", "1"}}));
}

TEST(Metrics, ExposesCountersAndGaugesSortedAndEscaped) {
  Metrics metrics;
  metrics.GetGauge("gyre_score", "Drift\\score,\nper feature.", {{"feature", "a\"b\\c\nd"}}).Set(0.25);
  metrics.GetGauge("gyre_score", "ignored", {{"feature", "A"}}).Set(std::numeric_limits<double>::infinity());
  metrics.GetCounter("gyre_rows_total", "Rows.").Add(7);
  EXPECT_EQ(metrics.Expose(),
            "# HELP gyre_rows_total Rows.\n"
            "# TYPE gyre_rows_total counter\n"
            "gyre_rows_total 7\n"
            "# HELP gyre_score Drift\\\\score,\\nper feature.\n"
            "# TYPE gyre_score gauge\n"
            "gyre_score{feature=\"A\"} +Inf\n"
            "gyre_score{feature=\"a\\\"b\\\\c\\nd\"} 0.25\n");
  EXPECT_EQ(metrics.Names(), (std::vector<std::string>{"gyre_rows_total", "gyre_score"}));
}

TEST(Metrics, ExposesHistogramsCumulativelyWithInclusiveBounds) {
  Metrics metrics;
  auto& histogram = metrics.GetHistogram("gyre_seconds", "Time.", {{"endpoint", "rain"}});
  for (const double seconds : {0.0000004, 0.001, 0.0010001, 0.3, 700.0}) histogram.Observe(seconds);
  const auto text = metrics.Expose();
  for (const char* line : {
           "# TYPE gyre_seconds histogram\n",
           "gyre_seconds_bucket{endpoint=\"rain\",le=\"1e-05\"} 1\n",
           "gyre_seconds_bucket{endpoint=\"rain\",le=\"0.0005\"} 1\n",
           "gyre_seconds_bucket{endpoint=\"rain\",le=\"0.001\"} 2\n",
           "gyre_seconds_bucket{endpoint=\"rain\",le=\"0.0025\"} 3\n",
           "gyre_seconds_bucket{endpoint=\"rain\",le=\"0.25\"} 3\n",
           "gyre_seconds_bucket{endpoint=\"rain\",le=\"0.5\"} 4\n",
           "gyre_seconds_bucket{endpoint=\"rain\",le=\"10\"} 4\n",
           "gyre_seconds_bucket{endpoint=\"rain\",le=\"+Inf\"} 5\n",
           "gyre_seconds_sum{endpoint=\"rain\"} 700.3020005\n",
           "gyre_seconds_count{endpoint=\"rain\"} 5\n",
       }) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

TEST(Metrics, QuantilesAreWithinFivePercent) {
  Metrics metrics;
  auto& histogram = metrics.GetHistogram("gyre_seconds", "Time.");
  EXPECT_EQ(histogram.Quantile(0.5), 0);
  constexpr int kCount = 100'000;
  for (int i = 1; i <= kCount; ++i) histogram.Observe(2e-6 * std::pow(1e7, static_cast<double>(i) / kCount));
  for (const double q : {0.01, 0.25, 0.5, 0.9, 0.99, 0.999}) {
    const double exact = 2e-6 * std::pow(1e7, q);
    EXPECT_NEAR(histogram.Quantile(q) / exact, 1, 0.0501) << q;
  }
}

TEST(Metrics, ForgetsADeletedEndpointButItsReferencesStayUsable) {
  Metrics metrics;
  auto& gone = metrics.GetCounter("gyre_rows_total", "Rows.", {{"endpoint", "a"}});
  metrics.GetCounter("gyre_rows_total", "Rows.", {{"endpoint", "b"}}).Add();
  metrics.Retire("endpoint", "a");
  gone.Add();
  EXPECT_EQ(metrics.Expose().find("\"a\""), std::string::npos);
  EXPECT_NE(metrics.Expose().find("gyre_rows_total{endpoint=\"b\"} 1\n"), std::string::npos);
  EXPECT_EQ(metrics.GetCounter("gyre_rows_total", "Rows.", {{"endpoint", "a"}}).value(), 0u);
}

TEST(MetricsDeathTest, ASecondKindOrAWrongNameIsABug) {
  Metrics metrics;
  metrics.GetCounter("gyre_rows_total", "Rows.");
  EXPECT_DEATH(metrics.GetGauge("gyre_rows_total", "Rows."), "gyre_rows_total: is a counter, not a gauge");
  EXPECT_DEATH(metrics.GetCounter("gyre rows", "Rows."), "is no metric name");
  EXPECT_DEATH(metrics.GetCounter("gyre_y_total", "Y.", {{"le", "1"}}), "'le' is no label name");
}

TEST(DurationBuckets, HoldWhatTheirEdgesSay) {
  uint64_t lower = 0;
  for (size_t bucket = 0; bucket + 1 < internal::kDurationBuckets; ++bucket) {
    const uint64_t upper = internal::DurationBucketUpper(bucket);
    ASSERT_EQ(internal::DurationBucket(lower + 1), bucket);
    ASSERT_EQ(internal::DurationBucket(upper), bucket);
    lower = upper;
  }
  EXPECT_EQ(lower, 100'000'000'000u);
  EXPECT_EQ(internal::DurationBucket(lower + 1), internal::kDurationBuckets - 1);
  for (const auto& bound : internal::ExposedBounds()) {
    EXPECT_EQ(internal::DurationBucketUpper(internal::DurationBucket(bound.nanoseconds)), bound.nanoseconds);
    EXPECT_DOUBLE_EQ(std::strtod(bound.text, nullptr), static_cast<double>(bound.nanoseconds) / 1e9);
  }
}

}  // namespace
}  // namespace gyre::base
