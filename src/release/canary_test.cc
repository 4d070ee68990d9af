#include "release/canary.h"

#include <cmath>
#include <gmock/gmock.h>

#include "release/testing/canary_rows.h"
#include "stats/random.h"

namespace gyre::release {
namespace {

using testing::CanaryRow;
using testing::CanaryRows;
using ::testing::HasSubstr;
using testing::kCandidate;
using testing::kChampion;

double Logistic(double x) {
  return 1 / (1 + std::exp(-x));
}

/// Weather in which it rains in 7 of 100 hours and a good model's Brier score is about 0.045.
struct Hour {
  double chance = 0;
  bool rain = false;
};
Hour DrawHour(stats::Random& random) {
  const double chance = Logistic(-4.2 + 2.3 * random.Normal());
  return {.chance = chance, .rain = random.Uniform() < chance};
}

/// A model that was trained on shuffled labels says the base rate, more or less.
double BaseRate(stats::Random& random) {
  return 0.07 + 0.02 * (random.Uniform() - 0.5);
}

/// A model about as good as another: right up to an error of its own.
double NoisyChance(stats::Random& random, double chance) {
  return Logistic(std::log(chance / (1 - chance)) + 0.5 * random.Normal());
}

std::optional<Verdict> Judge(const CanaryPlan& plan, const CanaryRows& rows) {
  auto judged = JudgeCanary(plan, kChampion, kCandidate, rows.rows());
  EXPECT_TRUE(judged) << judged.error().ToString();
  return judged.value();
}

struct Shares {
  double promoted = 0;
  double rolled_back = 0;
  double rolled_back_early = 0;  ///< within 1,500 rows
  double n = 0;                  ///< mean, of those with a verdict that is not hold
};

/// Judges `runs` canaries of at most `length` rows.
template <class Draw>
Shares Simulate(CanaryPlan plan, int runs, int length, Draw draw) {
  Shares shares;
  int decided = 0;
  plan.max_rows = length;
  for (int run = 0; run < runs; ++run) {
    stats::Random random(stats::StreamSeed(29, static_cast<uint64_t>(run)));
    CanaryRows rows;
    for (int i = 0; i < length; ++i) rows.Add(draw(random));
    const auto verdict = Judge(plan, rows);
    if (!verdict || verdict->decision == Decision::kHold) continue;
    ++decided;
    shares.n += static_cast<double>(verdict->n);
    shares.promoted += verdict->decision == Decision::kPromote;
    shares.rolled_back += verdict->decision == Decision::kRollBack;
    shares.rolled_back_early += verdict->decision == Decision::kRollBack && verdict->n <= 1500;
  }
  shares.n /= std::max(1, decided);
  for (double* share : {&shares.promoted, &shares.rolled_back, &shares.rolled_back_early}) *share /= runs;
  ::testing::Test::RecordProperty("promoted", std::to_string(shares.promoted));
  ::testing::Test::RecordProperty("rolled_back", std::to_string(shares.rolled_back));
  ::testing::Test::RecordProperty("rolled_back_early", std::to_string(shares.rolled_back_early));
  ::testing::Test::RecordProperty("n", std::to_string(shares.n));
  return shares;
}

CanaryRow BadCandidate(stats::Random& random) {
  const auto hour = DrawHour(random);
  return {.champion = hour.chance,
          .candidate = BaseRate(random),
          .rain = hour.rain,
          .by_candidate = random.Uniform() < 0.2};
}

CanaryRow EqualCandidate(stats::Random& random) {
  const auto hour = DrawHour(random);
  return {.champion = NoisyChance(random, hour.chance),
          .candidate = NoisyChance(random, hour.chance),
          .rain = hour.rain,
          .by_candidate = random.Uniform() < 0.2};
}

class EveryMetric : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Judge, EveryMetric, ::testing::Values("brier", "log_loss"));

TEST_P(EveryMetric, ACandidateOfShuffledLabelsIsRolledBackWithinFifteenHundredRows) {
  const auto shares = Simulate({.metric = GetParam()}, 100, 1500, BadCandidate);
  EXPECT_GE(shares.rolled_back_early, 0.97);
  EXPECT_EQ(shares.promoted, 0);
}

TEST_P(EveryMetric, AnEqualCandidateIsHardlyEverJudged) {
  const auto shares = Simulate({.metric = GetParam()}, 200, 3000, EqualCandidate);
  EXPECT_LE(shares.promoted + shares.rolled_back, 0.05);
}

TEST(Judge, RareMistakesOfAnEqualCandidateAreNotOverlooked) {
  // 99 of 100 rows favour the candidate a little, the hundredth costs it all of that: a normal limit promotes it in a
  // fifth of such canaries.
  const auto shares = Simulate({}, 200, 3000, [](stats::Random& random) -> CanaryRow {
    const bool rain = random.Uniform() < 0.01;
    return {.champion = rain ? 0.9 : 0.1, .candidate = rain ? 0.1 : 0.0438, .rain = rain};
  });
  EXPECT_LE(shares.promoted, 0.05);
}

TEST(Judge, UnpairedArmsAreJudgedByTheSameRules) {
  const CanaryPlan plan{.share = 0.5, .paired = false, .metric = "error"};
  const auto row = [](double candidate_errors) {
    return [candidate_errors](stats::Random& random) -> CanaryRow {
      const bool by_candidate = random.Uniform() < 0.5;
      const bool wrong = random.Uniform() < (by_candidate ? candidate_errors : 0.1);
      return {.champion = 0.1, .candidate = 0.1, .rain = wrong, .by_candidate = by_candidate, .shadow = false};
    };
  };
  const auto worse = Simulate(plan, 50, 4000, row(0.25));
  EXPECT_GE(worse.rolled_back, 0.97);
  EXPECT_EQ(worse.promoted, 0);
  const auto equal = Simulate(plan, 200, 3000, row(0.1));
  EXPECT_LE(equal.promoted + equal.rolled_back, 0.05);
}

/// Both models sure; the candidate errs in one of ten rows, the champion in five.
CanaryRows ClearlyBetter(int n) {
  CanaryRows rows;
  for (int i = 0; i < n; ++i) {
    const bool rain = i % 2 == 0;
    const double right = rain ? 0.9 : 0.1;
    rows.Add({.champion = i % 10 < 5 ? 1 - right : right,
              .candidate = i % 10 == 9 ? 1 - right : right,
              .rain = rain,
              .by_candidate = i % 5 == 0});
  }
  return rows;
}

TEST(Judge, PromotesABetterCandidateAsSoonAsThePlanAllows) {
  const auto verdict = Judge({.min_rows = 100}, ClearlyBetter(400));
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->decision, Decision::kPromote);
  EXPECT_EQ(verdict->n, 100);
  EXPECT_NEAR(verdict->champion, 0.41, 1e-6);
  EXPECT_NEAR(verdict->candidate, 0.09, 1e-6);
  EXPECT_LT(verdict->interval_high, 0);
  EXPECT_LT(verdict->interval_low, -0.32);
  EXPECT_EQ(verdict->metric, "brier");
  EXPECT_THAT(verdict->reason,
              HasSubstr("the candidate is surely better: brier 0.09 against the champion's 0.41 on 100 "
                        "labelled rows, difference within ["));
}

TEST(Judge, SaysNothingBeforeTheLeastRows) {
  EXPECT_FALSE(Judge({.min_rows = 401}, ClearlyBetter(400)));
  EXPECT_FALSE(Judge({}, CanaryRows()));
}

TEST(Judge, TheVerdictDoesNotDependOnHowTheRowsCameIn) {
  const auto rows = ClearlyBetter(1000);
  const auto whole = Judge({}, rows).value();
  for (int n = 1; n <= 1000; ++n) {
    const auto verdict = Judge({}, ClearlyBetter(n));
    ASSERT_EQ(verdict.has_value(), n >= whole.n);
    EXPECT_TRUE(!verdict || verdict->ToJson() == whole.ToJson()) << n;
  }
}

TEST(Judge, HoldsWhatIsUndecidedAfterTheMostRows) {
  CanaryRows rows;
  for (int i = 0; i < 300; ++i) rows.Add({.champion = 0.2, .candidate = 0.2, .rain = i % 5 == 0});
  const auto verdict = Judge({.max_rows = 250}, rows);
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->decision, Decision::kHold);
  EXPECT_EQ(verdict->n, 250);
  EXPECT_THAT(verdict->reason, HasSubstr("undecided after 250 rows"));
}

TEST(Judge, HoldsAfterTheLongestEventTime) {
  CanaryRows rows;
  for (int i = 0; i < 300; ++i) rows.Add({.champion = 0.2, .candidate = 0.2, .rain = i % 5 == 0});
  const auto verdict = Judge({.max_event_time = std::chrono::hours(48)}, rows);
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->decision, Decision::kHold);
  EXPECT_EQ(verdict->n, 50);
  EXPECT_THAT(verdict->reason, HasSubstr("undecided after 2d"));
}

TEST(Judge, AMarginPromotesWhatIsSurelyNotMuchWorse) {
  CanaryRows rows;
  for (int i = 0; i < 2000; ++i) rows.Add({.champion = 0.2, .candidate = 0.21, .rain = i % 5 == 0});
  EXPECT_FALSE(Judge({}, rows));
  const auto verdict = Judge({.margin = 0.02}, rows);
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->decision, Decision::kPromote);
  EXPECT_LT(verdict->interval_high, 0.02);
  EXPECT_THAT(verdict->reason, HasSubstr("surely not worse by 0.02"));
}

TEST(Judge, LeavesOutRowsThatSayNothingAboutTheTwo) {
  auto rows = ClearlyBetter(300);
  rows.rows().versions[3] = "rain/7";
  rows.rows().shadow_versions[4] = "";
  rows.rows().labels[5] = "snow";
  rows.rows().shadow_probabilities.values[12] = rows.rows().shadow_probabilities.values[13] = std::nanf("");
  const auto measured = MeasureCanary({}, kChampion, kCandidate, rows.rows());
  EXPECT_EQ(measured.value().n, 296);
}

TEST(Judge, APairedCanaryWithoutPairsIsJudgedByItsArms) {
  CanaryRows rows;
  for (int i = 0; i < 400; ++i) {
    rows.Add({.champion = 0.1, .candidate = 0.9, .rain = false, .by_candidate = i % 2 == 1, .shadow = false});
  }
  const auto verdict = Judge({.share = 0.5}, rows);
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->decision, Decision::kRollBack);
  EXPECT_EQ(verdict->n, 200);
  EXPECT_THAT(verdict->reason, HasSubstr("200 labelled rows split between the two"));
}

TEST(Verdict, WritesWhatItReadsAndNullForWhatIsInfinite) {
  auto verdict = MeasureCanary({}, kChampion, kCandidate, CanaryRows().rows()).value();
  verdict.reason = "decided by hand";
  const auto json = verdict.ToJson();
  EXPECT_EQ(json["interval"], base::Json::parse("[null, null]"));
  EXPECT_TRUE(json["champion"].is_null());
  EXPECT_EQ(Verdict::FromJson(json).value().ToJson(), json);
  const auto judged = Judge({}, ClearlyBetter(400))->ToJson();
  EXPECT_EQ(Verdict::FromJson(judged).value().ToJson(), judged);
  EXPECT_EQ(judged["decision"], "promote");
}

TEST(CanaryPlan, WritesWhatItReadsAndHasDefaults) {
  const auto plan = CanaryPlan::FromJson(base::Json::object(), "canary").value();
  EXPECT_EQ(plan.share, 0.2);
  EXPECT_FALSE(plan.max_event_time);
  const base::Json json = {{"share", 0.5},   {"paired", false},        {"metric", "error"},
                           {"alpha", 0.01},  {"margin", 0.001},        {"min_rows", 10},
                           {"max_rows", 20}, {"max_event_time", "7d"}, {"max_error_share", 0.5}};
  EXPECT_EQ(CanaryPlan::FromJson(json, "canary").value().ToJson(), json);
}

TEST(CanaryPlan, NamesTheFieldThatIsWrong) {
  const auto error = [](const base::Json& json) { return CanaryPlan::FromJson(json, "loop.canary").error(); };
  EXPECT_EQ(error({{"share", 1.5}}).message(), "loop.canary.share must be between 0 and 1");
  EXPECT_EQ(error({{"share", 1}, {"paired", false}}).name(), "loop.canary.share");
  EXPECT_EQ(error({{"metric", "auc"}}).message(), "loop.canary.metric must be brier, log_loss or error");
  EXPECT_EQ(error({{"alpha", 0}}).name(), "loop.canary.alpha");
  EXPECT_EQ(error({{"min_rows", 100}, {"max_rows", 50}}).name(), "loop.canary.max_rows");
  EXPECT_EQ(error({{"max_event_time", "long"}}).name(), "loop.canary.max_event_time");
  EXPECT_THAT(error({{"shares", 0.1}}).message(), HasSubstr("did you mean 'share'?"));
}

}  // namespace
}  // namespace gyre::release
