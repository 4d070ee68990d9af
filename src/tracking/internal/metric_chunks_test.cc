#include "tracking/internal/metric_chunks.h"

#include <gmock/gmock.h>

#include "tracking/internal/metric_order.h"
#include "tracking/testing/temp_tracker.h"

namespace gyre::tracking::internal {
namespace {

using ::testing::ElementsAre;
using Samples = std::vector<MetricSample>;

/// Points from..to-1, each `stride` after the other, whose value is their number.
Samples Range(int64_t from, int64_t to, int64_t stride = 1) {
  Samples samples;
  for (int64_t i = from; i < to; i += stride) {
    samples.push_back({.value = static_cast<double>(i), .time = base::FromMicros(i), .step = i});
  }
  return samples;
}

class MetricChunksTest : public ::testing::Test {
 protected:
  void Merge(const Samples& samples, int64_t series = 0) {
    const auto merged = tracker_.database().Write([&](store::Transaction& transaction) {
      return MergeIntoChunks(transaction, {.run = 1, .series = series}, samples);
    });
    ASSERT_TRUE(merged) << merged.error().ToString();
  }
  Samples Read(const std::optional<MetricSample>& after = {}, size_t most = 1'000'000, int64_t series = 0) {
    Samples read;
    visits_ = 0;
    const auto visited = tracker_.database().Read([&](store::Reader& reader) {
      return VisitChunks(reader, {.run = 1, .series = series}, after, [&](std::span<const MetricSample> points) {
        ++visits_;
        read.insert(read.end(), points.begin(), points.end());
        return read.size() < most;
      });
    });
    EXPECT_TRUE(visited);
    return read;
  }
  std::vector<int64_t> ChunkSizes() {
    std::vector<int64_t> sizes;
    EXPECT_TRUE(tracker_.database().Read([&](store::Reader& reader) {
      return reader.Query("SELECT points, min_step, max_step FROM run_metric_chunks ORDER BY series, first",
                          [&](const store::Row& row) -> base::Result<void> {
                            sizes.push_back(row.Int(0));
                            EXPECT_LE(row.Int(1), row.Int(2));
                            return base::Ok();
                          });
    }));
    return sizes;
  }
  static bool AreSame(const Samples& a, const Samples& b) { return std::ranges::equal(a, b, IsSame); }

  testing::TempTracker tracker_;
  int visits_ = 0;
};

TEST_F(MetricChunksTest, AreFilledUpAtTheEnd) {
  Merge(Range(0, 100));
  EXPECT_THAT(ChunkSizes(), ElementsAre(100));
  Merge(Range(100, 1200));
  EXPECT_THAT(ChunkSizes(), ElementsAre(1024, 176));
  Merge(Range(1200, 3072));
  EXPECT_THAT(ChunkSizes(), ElementsAre(1024, 1024, 1024));
  Merge(Range(3072, 3073));
  EXPECT_THAT(ChunkSizes(), ElementsAre(1024, 1024, 1024, 1));
  EXPECT_TRUE(AreSame(Read(), Range(0, 3073)));
}

TEST_F(MetricChunksTest, AreHalvedWithin) {
  Merge(Range(0, 6144, 2));
  EXPECT_THAT(ChunkSizes(), ElementsAre(1024, 1024, 1024));
  Merge(Range(1, 3, 2));
  EXPECT_THAT(ChunkSizes(), ElementsAre(513, 512, 1024, 1024));
  Merge(Range(1, 6144, 2));
  EXPECT_TRUE(AreSame(Read(), Range(0, 6144)));
}

TEST_F(MetricChunksTest, TakePointsBeforeTheFirst) {
  Merge(Range(1000, 1010));
  Merge(Range(0, 5));
  Merge(Range(-3, 0));
  EXPECT_TRUE(AreSame(Read(), [] {
    auto all = Range(-3, 5);
    const auto late = Range(1000, 1010);
    all.insert(all.end(), late.begin(), late.end());
    return all;
  }()));
}

TEST_F(MetricChunksTest, DropWhatTheyHave) {
  Merge(Range(0, 2000));
  const auto sizes = ChunkSizes();
  Merge(Range(0, 2000));
  Merge(Range(500, 600));
  EXPECT_EQ(ChunkSizes(), sizes);
  Merge({});
  EXPECT_EQ(ChunkSizes(), sizes);
}

TEST_F(MetricChunksTest, OneBatchMayReachManyChunks) {
  Merge(Range(0, 10'240, 2));
  Merge(Range(1, 10'240, 512));
  const auto all = Read();
  EXPECT_EQ(all.size(), 5120u + 20u);
  EXPECT_TRUE(std::ranges::is_sorted(all, IsBefore));
}

TEST_F(MetricChunksTest, AreReadFromAPlaceOn) {
  Merge(Range(0, 5000, 2));
  for (const int64_t place : {-1, 0, 1, 2046, 2047, 2048, 2049, 4997, 4998, 4999}) {
    const MetricSample after{.value = 1e9, .time = base::FromMicros(place), .step = place};
    const auto read = Read(after);
    const int64_t first = place < 0 ? 0 : place / 2 * 2 + 2;
    EXPECT_TRUE(AreSame(read, Range(first, 5000, 2))) << place;
  }
}

TEST_F(MetricChunksTest, ReadingEndsWhenItIsToldTo) {
  Merge(Range(0, 40 * 1024));
  EXPECT_EQ(Read({}, 1).size(), 1024u);
  EXPECT_EQ(visits_, 1);
  EXPECT_EQ(Read({}, 17 * 1024).size(), 17u * 1024u) << "past the rows that are read at once";
  EXPECT_EQ(visits_, 17);
  EXPECT_EQ(Read().size(), 40u * 1024u);
}

TEST_F(MetricChunksTest, SeriesAreApart) {
  Merge(Range(0, 10), 0);
  Merge(Range(5, 20), 1);
  EXPECT_TRUE(AreSame(Read({}, 1'000, 0), Range(0, 10)));
  EXPECT_TRUE(AreSame(Read({}, 1'000, 1), Range(5, 20)));
  EXPECT_TRUE(Read({}, 1'000, 2).empty());
}

TEST_F(MetricChunksTest, ADamagedChunkIsAnErrorNotLessHistory) {
  Merge(Range(0, 10));
  ASSERT_TRUE(tracker_.database().Write([](store::Transaction& transaction) {
    return transaction.Execute("UPDATE run_metric_chunks SET bytes = ?1", store::BlobView{"\1\5abc"});
  }));
  const auto visited = tracker_.database().Read([&](store::Reader& reader) {
    return VisitChunks(reader, {.run = 1, .series = 0}, {}, [](std::span<const MetricSample>) { return true; });
  });
  ASSERT_FALSE(visited);
  EXPECT_EQ(visited.error().code(), base::ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace gyre::tracking::internal
