#include "stats/sequential.h"

#include <cmath>
#include <gtest/gtest.h>

#include "stats/random.h"

namespace gyre::stats {
namespace {

constexpr int kRuns = 400;
constexpr int kLooks = 2'000;
/// Three standard errors of a rate near 0.05 over kRuns runs.
constexpr double kSlack = 0.033;

struct Outcome {
  int alarms = 0;        ///< runs in which p fell to alpha at some look
  double mean_stop = 0;  ///< at which look, over those runs
  int missed = 0;        ///< runs in which the interval missed the truth at one of the checked looks
};

/// Looks after every observation, as an impatient operator does.
template <class MakeTest, class Observe>
Outcome Simulate(MakeTest make, Observe observe, double truth) {
  Outcome outcome;
  for (int run = 0; run < kRuns; ++run) {
    Random random(StreamSeed(2024, static_cast<uint64_t>(run)));
    auto test = make();
    int stopped = 0;
    bool missed = false;
    for (int look = 1; look <= kLooks; ++look) {
      observe(test, random);
      if (look % 50 == 0) {
        const auto state = test.State();
        missed = missed || state.lower > truth || state.upper < truth;
        if (stopped == 0 && state.p_value <= state.alpha) stopped = look;
      }
    }
    outcome.missed += missed;
    outcome.alarms += stopped > 0;
    outcome.mean_stop += stopped;
  }
  outcome.mean_stop /= std::max(1, outcome.alarms);
  return outcome;
}

double Rate(int count) {
  return static_cast<double>(count) / kRuns;
}

/// The difference of two Brier losses: mostly small, sometimes large, in [-1, 1], mean `shift`.
double BrierDifference(Random& random, double shift) {
  const double size = random.Uniform() < 0.1 ? 0.8 : 0.1;
  return (2 * random.Uniform() - 1) * size + shift;
}

/// Skewed, unbounded, mean `shift`.
double LogLossDifference(Random& random, double shift) {
  return -std::log(1 - random.Uniform()) - 1 + shift;
}

TEST(PairedTest, BoundedNeverRaisesMoreFalseAlarmsThanAlphaHoweverOftenOneLooks) {
  const auto outcome =
      Simulate([] { return PairedTest::Bounded(-1, 1).value(); },
               [](PairedTest& test, Random& random) { ASSERT_TRUE(test.Add(BrierDifference(random, 0))); }, 0);
  EXPECT_LE(Rate(outcome.alarms), 0.05 + kSlack);
  EXPECT_LE(Rate(outcome.missed), 0.05 + kSlack);
}

TEST(PairedTest, BoundedFindsADifferenceOfAQuarterOfADeviationWithinTwoThousandRows) {
  const auto outcome =
      Simulate([] { return PairedTest::Bounded(-1, 1).value(); },
               [](PairedTest& test, Random& random) { ASSERT_TRUE(test.Add(BrierDifference(random, 0.04))); }, 0.04);
  EXPECT_GE(Rate(outcome.alarms), 0.95);
  EXPECT_LE(outcome.mean_stop, 900);
  EXPECT_LE(Rate(outcome.missed), 0.05 + kSlack);
}

TEST(PairedTest, UnboundedHoldsAlphaOnSkewedLossesAndHasPower) {
  const auto make = [] { return PairedTest::Unbounded().value(); };
  const auto none =
      Simulate(make, [](PairedTest& test, Random& random) { ASSERT_TRUE(test.Add(LogLossDifference(random, 0))); }, 0);
  EXPECT_LE(Rate(none.alarms), 0.05 + kSlack);
  EXPECT_LE(Rate(none.missed), 0.05 + kSlack);
  const auto some = Simulate(
      make, [](PairedTest& test, Random& random) { ASSERT_TRUE(test.Add(LogLossDifference(random, 0.15))); }, 0.15);
  EXPECT_GE(Rate(some.alarms), 0.95);
}

TEST(TwoArmTest, HoldsAlphaWithAnUnevenSplitAndFindsAWorseCandidate) {
  const auto make = [] { return TwoArmTest::Make().value(); };
  const auto observe = [](double shift) {
    return [shift](TwoArmTest& test, Random& random) {
      const double loss = random.Normal() * 0.3 + 0.5;
      ASSERT_TRUE(random.Uniform() < 0.2 ? test.AddCandidate(loss + shift) : test.AddChampion(loss));
    };
  };
  const auto none = Simulate(make, observe(0), 0);
  EXPECT_LE(Rate(none.alarms), 0.05 + kSlack);
  EXPECT_LE(Rate(none.missed), 0.05 + kSlack);
  EXPECT_GE(Rate(Simulate(make, observe(0.1), 0.1).alarms), 0.95);
}

TEST(PairedTest, AVerdictOnceReachedStaysAndPointsTheRightWay) {
  auto test = PairedTest::Bounded(-1, 1).value();
  Random random(5);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(test.Add(BrierDifference(random, -0.1)));
  const auto early = test.State();
  EXPECT_LT(early.upper, 0);
  EXPECT_LT(early.p_value, 0.01);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(test.Add(BrierDifference(random, 0.1)));
  EXPECT_LE(test.State().p_value, early.p_value);
  EXPECT_EQ(test.State().n, 2000U);
}

TEST(PairedTest, IntervalAndPValueAgreeAtTheFirstCrossing) {
  auto test = PairedTest::Bounded(-1, 1).value();
  Random random(8);
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(test.Add(BrierDifference(random, 0.03)));
    const auto state = test.State();
    ASSERT_EQ(state.p_value <= state.alpha, state.lower > 0) << i;
    if (state.lower > 0) return;
  }
  FAIL() << "never crossed";
}

TEST(PairedTest, IdenticalModelsGiveNoVerdictAndNoNarrowIntervalFromNothing) {
  auto unbounded = PairedTest::Unbounded().value();
  auto bounded = PairedTest::Bounded(-1, 1).value();
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(unbounded.Add(0));
    ASSERT_TRUE(bounded.Add(0));
  }
  EXPECT_EQ(unbounded.State().p_value, 1);
  EXPECT_TRUE(std::isinf(unbounded.State().upper));
  EXPECT_TRUE(unbounded.State().ToJson()["upper"].is_null());
  EXPECT_EQ(bounded.State().p_value, 1);
  EXPECT_GT(bounded.State().upper, 0.001);
  EXPECT_LT(bounded.State().upper, 0.05);
}

TEST(PairedTest, RefusesWhatWouldVoidItsGuarantee) {
  auto test = PairedTest::Bounded(-1, 1).value();
  EXPECT_FALSE(test.Add(1.5));
  EXPECT_FALSE(test.Add(std::nan("")));
  EXPECT_EQ(test.State().n, 0U);
  EXPECT_FALSE(PairedTest::Bounded(0, 1));
  EXPECT_FALSE(PairedTest::Bounded(-1, 1, {.alpha = 0}));
  EXPECT_FALSE(TwoArmTest::Make({.tightest_at = 0}));
}

}  // namespace
}  // namespace gyre::stats
