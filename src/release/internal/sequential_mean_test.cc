#include "release/internal/sequential_mean.h"

#include <cmath>
#include <gtest/gtest.h>

#include "base/file.h"
#include "stats/random.h"

namespace gyre::release::internal {
namespace {

constexpr int kRuns = 300;
constexpr int kLooks = 3000;

struct Rates {
  double above = 0;
  double below = 0;
  double missed = 0;  ///< the interval missed the mean at some checked look
};

/// Looks at every observation, as an impatient operator does.
template <class Draw>
Rates Simulate(double mean, Draw draw) {
  Rates rates;
  for (int run = 0; run < kRuns; ++run) {
    stats::Random random(stats::StreamSeed(11, static_cast<uint64_t>(run)));
    auto watched = SequentialMean::Make(-1, 1, 0.05).value();
    bool above = false;
    bool below = false;
    bool missed = false;
    for (int i = 1; i <= kLooks; ++i) {
      EXPECT_TRUE(watched.Add(draw(random)));
      above = above || watched.SurelyAbove(mean);
      below = below || watched.SurelyBelow(mean);
      if (i % 500 == 0) missed = missed || watched.Lower() > mean || watched.Upper() < mean;
    }
    rates.above += above;
    rates.below += below;
    rates.missed += missed;
  }
  for (double* rate : {&rates.above, &rates.below, &rates.missed}) *rate /= kRuns;
  return rates;
}

void ExpectAlphaHeld(const Rates& rates) {
  EXPECT_LE(rates.above + rates.below, 0.05);
  EXPECT_LE(rates.missed, 0.05);
}

TEST(SequentialMean, RaisesNoMoreFalseAlarmsThanAlphaHoweverOftenOneLooks) {
  ExpectAlphaHeld(Simulate(0.0, [](stats::Random& random) { return random.Uniform() < 0.5 ? -0.3 : 0.3; }));
  ExpectAlphaHeld(Simulate(0.2, [](stats::Random& random) { return random.Uniform() < 0.6 ? 1.0 : -1.0; }));
}

/// Where tests by a normal limit fail: for hundreds of rows the sample holds none of the rare large losses.
TEST(SequentialMean, HoldsAlphaWhenTheMeanHangsOnRareLargeValues) {
  ExpectAlphaHeld(
      Simulate(0.0, [](stats::Random& random) { return random.Uniform() < 0.01 ? 0.8 : -0.8 * 0.01 / 0.99; }));
}

TEST(SequentialMean, IntervalAndVerdictAgreeAndTheIntervalShrinks) {
  auto watched = SequentialMean::Make(-2, 1, 0.05).value();
  stats::Random random(4);
  double width = 1e9;
  for (int i = 1; i <= 4000; ++i) {
    ASSERT_TRUE(watched.Add(random.Uniform() - 0.45));
    if (i % 100 != 0) continue;
    EXPECT_EQ(watched.SurelyAbove(0), watched.Lower() > 0) << i;
    EXPECT_EQ(watched.SurelyBelow(0.1), watched.Upper() < 0.1) << i;
    EXPECT_LT(watched.Upper() - watched.Lower(), width);
    width = watched.Upper() - watched.Lower();
  }
  EXPECT_GT(watched.Lower(), 0);
  EXPECT_LT(watched.Lower(), watched.mean());
  EXPECT_LT(watched.mean(), watched.Upper());
  EXPECT_LT(width, 0.06);
}

TEST(SequentialMean, EqualsTheReference) {
  const auto text = base::ReadFile(std::string(GYRE_TEST_DATA) + "/sequential_mean.json", 1 << 20).value();
  const auto golden = base::ParseJson(text, "the reference").value();
  for (const auto& reference : golden["cases"]) {
    auto watched = SequentialMean::Make(reference["lowest"], reference["highest"], reference["alpha"]).value();
    for (const auto& x : reference["xs"]) ASSERT_TRUE(watched.Add(x));
    EXPECT_NEAR(watched.Lower(), reference["lower"].get<double>(), 1e-11);
    EXPECT_NEAR(watched.Upper(), reference["upper"].get<double>(), 1e-11);
  }
}

TEST(SequentialMean, SaysNothingFromNothing) {
  auto watched = SequentialMean::Make(-1, 1, 0.05).value();
  EXPECT_TRUE(std::isinf(watched.Lower()));
  EXPECT_TRUE(std::isinf(watched.Upper()));
  EXPECT_FALSE(watched.SurelyAbove(-1));
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE(watched.Add(0));
  EXPECT_FALSE(watched.SurelyAbove(0));
  EXPECT_FALSE(watched.SurelyBelow(0));
  EXPECT_LT(watched.Upper(), 0.01);
}

TEST(SequentialMean, RefusesWhatWouldVoidItsGuarantee) {
  auto watched = SequentialMean::Make(-1, 1, 0.05).value();
  EXPECT_FALSE(watched.Add(1.01));
  EXPECT_FALSE(watched.Add(std::nan("")));
  EXPECT_EQ(watched.n(), 0U);
  EXPECT_FALSE(SequentialMean::Make(0, 1, 0.05));
  EXPECT_FALSE(SequentialMean::Make(-1, 1, 0));
  EXPECT_FALSE(SequentialMean::Make(-1, 1, std::nan("")));
}

}  // namespace
}  // namespace gyre::release::internal
