#include "tracking/internal/metric_packing.h"

#include <cmath>
#include <gmock/gmock.h>
#include <limits>

#include "tracking/internal/history_token.h"
#include "tracking/internal/metric_order.h"

namespace gyre::tracking::internal {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int64_t kLow = std::numeric_limits<int64_t>::min();
constexpr int64_t kHigh = std::numeric_limits<int64_t>::max();

MetricSample Sample(int64_t micros, int64_t step, double value) {
  return {.value = value, .time = base::FromMicros(micros), .step = step};
}

/// Every pair of them is different, in the order of a history.
std::vector<MetricSample> Ordered() {
  std::vector<MetricSample> samples;
  for (const int64_t time : {kLow, int64_t{-1}, int64_t{0}, int64_t{1}, kHigh}) {
    for (const int64_t step : {kLow, int64_t{-1}, int64_t{0}, int64_t{255}, int64_t{256}, kHigh}) {
      for (const double value : {-kInfinity, -1e300, -1.0, -5e-324, 0.0, kNan, 5e-324, 1.0, 1e300, kInfinity}) {
        samples.push_back(Sample(time, step, value));
      }
    }
  }
  return samples;
}

std::string Text(const MetricSample& sample) {
  return fmt::format("{}/{}/{}", base::ToMicros(sample.time), sample.step, sample.value);
}
std::vector<std::string> Texts(std::span<const MetricSample> samples) {
  std::vector<std::string> texts;
  for (const auto& sample : samples) texts.push_back(Text(sample));
  return texts;
}

TEST(MetricOrder, PlacesAsBytesOrderAsThePointsDoAndReadBack) {
  const auto samples = Ordered();
  for (size_t i = 0; i < samples.size(); ++i) {
    EXPECT_EQ(Text(SampleAt(PlaceBytes(samples[i]))), Text(samples[i]));
    for (size_t j = 0; j < samples.size(); ++j) {
      EXPECT_EQ(IsBefore(samples[i], samples[j]), i < j) << Text(samples[i]) << " " << Text(samples[j]);
      EXPECT_EQ(PlaceBytes(samples[i]) < PlaceBytes(samples[j]), i < j);
    }
  }
}

TEST(MetricOrder, NanIsTheSameAsNanOnly) {
  EXPECT_TRUE(IsSame(Sample(1, 1, kNan), Sample(1, 1, kNan)));
  EXPECT_FALSE(IsSame(Sample(1, 1, kNan), Sample(1, 1, 0)));
  EXPECT_FALSE(IsEarlier(Sample(1, 1, kNan), Sample(1, 1, 0)));
  EXPECT_TRUE(IsEarlier(Sample(9, 1, 5), Sample(1, 2, kNan)));
}

TEST(MetricPacking, ReadsBackWhateverItPacked) {
  const auto samples = Ordered();
  std::vector<MetricSample> read;
  ASSERT_TRUE(UnpackSamples(PackSamples(samples), read));
  EXPECT_EQ(Texts(read), Texts(samples));
  ASSERT_TRUE(UnpackSamples(PackSamples({}), read)) << "appends nothing";
  EXPECT_EQ(read.size(), samples.size());
}

TEST(MetricPacking, ATrainingLoopTakesFewBytes) {
  std::vector<MetricSample> samples;
  for (int i = 0; i < 1000; ++i) samples.push_back(Sample(1'380'000'000'000'000 + i * 50'000, i, 1.0 / (i + 1)));
  EXPECT_LT(PackSamples(samples).size(), 12'500u);
}

TEST(MetricPacking, DamagedBytesAreAnErrorWhereverTheyAreCut) {
  const auto whole = PackSamples(std::vector{Sample(1'000'000, 1, 0.5), Sample(2'000'000, 2, kNan)});
  std::vector<MetricSample> read;
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(UnpackSamples(std::string_view(whole).substr(0, size), read).error().code(), base::ErrorCode::kCorrupt);
  }
  EXPECT_FALSE(UnpackSamples(whole + "x", read));
  EXPECT_FALSE(UnpackSamples("\2" + whole.substr(1), read));
  EXPECT_FALSE(UnpackSamples("\1\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", read)) << "a count beyond the bytes";
}

TEST(SortedBatch, GroupsSortsAndDropsTheSame) {
  const auto point = [](std::string key, int64_t micros, double value) {
    return MetricPoint{.key = std::move(key), .value = value, .time = base::FromMicros(micros)};
  };
  const std::vector<MetricPoint> points = {point("b", 2, 1),    point("a", 5, 1),   point("b", 1, 1),
                                           point("b", 2, 1),    point("a", 4, 2),   point("a", 5, kNan),
                                           point("b", 2, kNan), point("c", 0, -0.0)};
  const SortedBatch batch(points);
  ASSERT_EQ(batch.groups().size(), 3u);
  EXPECT_EQ(batch.groups()[0].key, "a");
  EXPECT_THAT(Texts(batch.groups()[0].samples), ::testing::ElementsAre("4/0/2", "5/0/nan", "5/0/1"));
  EXPECT_THAT(Texts(batch.groups()[1].samples), ::testing::ElementsAre("1/0/1", "2/0/nan", "2/0/1"));
  EXPECT_FALSE(std::signbit(batch.groups()[2].samples[0].value));
  EXPECT_EQ(batch.points(), 7u);
}

TEST(PackedBatch, ReadsBackByMetricAndNoticesDamage) {
  const std::vector<MetricPoint> points = {{.key = "b", .value = 1, .time = {}, .step = 7},
                                           {.key = "a key of some length", .value = 2, .time = {}, .step = 8}};
  const auto bytes = PackBatch(SortedBatch(points));
  std::vector<std::string> read;
  const auto on_metric = [&](std::string_view key, std::string_view packed) -> base::Result<void> {
    std::vector<MetricSample> samples;
    TRY(UnpackSamples(packed, samples));
    read.push_back(fmt::format("{} {}", key, Text(samples.at(0))));
    return base::Ok();
  };
  ASSERT_TRUE(ReadBatch(bytes, on_metric));
  EXPECT_THAT(read, ::testing::ElementsAre("a key of some length 0/8/2", "b 0/7/1"));
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(ReadBatch(std::string_view(bytes).substr(0, size), on_metric)) << size;
  }
  EXPECT_FALSE(ReadBatch(bytes + "x", on_metric));
}

TEST(HistoryToken, IsGoodForItsOwnHistoryOnly) {
  const RunId run("0123");
  const auto sample = Sample(5, 7, kNan);
  const auto token = HistoryToken(run, "loss", sample);
  EXPECT_EQ(Text(ReadHistoryToken(token, run, "loss").value()), Text(sample));
  for (const auto& [other, key] : {std::pair(RunId("0124"), "loss"), std::pair(run, "los"), std::pair(run, "Loss")}) {
    const auto read = ReadHistoryToken(token, other, key);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().name(), "page_token");
    EXPECT_THAT(read.error().message(), ::testing::HasSubstr("Invalid page token"));
  }
  for (const auto& bad : {std::string("x"), std::string("eyJvZmZzZXQiOiAxfQ=="), token + "00", token.substr(2),
                          std::string(1'000'000, 'a')}) {
    EXPECT_FALSE(ReadHistoryToken(bad, run, "loss"));
  }
}

}  // namespace
}  // namespace gyre::tracking::internal
