#include "stats/random.h"

#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

namespace gyre::stats {
namespace {

TEST(Random, GivesTheGeneratorsPublishedSequence) {
  Random random(std::array<uint64_t, 4>{1, 2, 3, 4});
  for (const uint64_t expected : {41943041ULL, 58720359ULL, 3588806011781223ULL, 3591011842654386ULL,
                                  9228616714210784205ULL, 9973669472204895162ULL}) {
    EXPECT_EQ(random.Next(), expected);
  }
}

TEST(Random, IntegersStayInRangeAndComeUpEquallyOften) {
  Random random(7);
  std::array<int, 6> counts{};
  for (int i = 0; i < 60'000; ++i) ++counts[random.Below(6)];
  double chi_squared = 0;
  for (const int count : counts) chi_squared += (count - 10'000.0) * (count - 10'000.0) / 10'000.0;
  EXPECT_LT(chi_squared, 20.5);  // P = 0.001 at five degrees of freedom
  for (int i = 0; i < 1000; ++i) {
    const auto drawn = random.Between(-3, 3);
    ASSERT_TRUE(drawn >= -3 && drawn <= 3);
  }
  EXPECT_EQ(random.Between(5, 5), 5);
  random.Between(INT64_MIN, INT64_MAX);
}

TEST(Random, UniformAndNormalHaveTheirMoments) {
  Random random(11);
  constexpr int kDraws = 200'000;
  double uniform = 0;
  double normal = 0;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double u = random.Uniform();
    ASSERT_TRUE(u >= 0 && u < 1);
    uniform += u;
    const double z = random.Normal();
    normal += z;
    squares += z * z;
  }
  EXPECT_NEAR(uniform / kDraws, 0.5, 0.003);
  EXPECT_NEAR(normal / kDraws, 0, 0.01);
  EXPECT_NEAR(squares / kDraws, 1, 0.015);
}

TEST(Random, ShufflePermutesAndRepeatsForItsSeed) {
  std::vector<int> items(100);
  std::iota(items.begin(), items.end(), 0);
  auto again = items;
  const auto sorted = items;
  Random(3).Shuffle(std::span(items));
  Random(3).Shuffle(std::span(again));
  EXPECT_EQ(items, again);
  EXPECT_NE(items, sorted);
  std::ranges::sort(items);
  EXPECT_EQ(items, sorted);
}

TEST(StreamSeed, NeighbouringStreamsAreUnrelated) {
  std::set<uint64_t> seeds;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    for (uint64_t index = 0; index < 100; ++index) seeds.insert(StreamSeed(seed, index));
  }
  EXPECT_EQ(seeds.size(), 10'000U);
  double product = 0;
  for (uint64_t index = 0; index < 20'000; ++index) {
    product += (Random(StreamSeed(1, index)).Uniform() - 0.5) * (Random(StreamSeed(1, index + 1)).Uniform() - 0.5);
  }
  EXPECT_NEAR(product / 20'000 * 12, 0, 0.03);
}

}  // namespace
}  // namespace gyre::stats
