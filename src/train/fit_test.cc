#include "train/fit.h"

#include <cmath>
#include <gtest/gtest.h>

#include "stats/random.h"
#include "train/internal/encoding.h"
#include "train/internal/forest.h"
#include "train/internal/lbfgs.h"
#include "train/internal/ranked.h"
#include "train/internal/sigmoid.h"
#include "train/internal/split.h"
#include "train/testing/sets.h"

namespace gyre::train {
namespace {

using model::FeatureType;

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

model::FeatureColumn Numbers(std::string name, std::vector<float> values) {
  return {.name = std::move(name), .type = FeatureType::kNumber, .numbers = std::move(values), .categories = {}};
}
model::FeatureColumn Categories(std::string name, std::vector<std::string> values) {
  return {.name = std::move(name), .type = FeatureType::kCategory, .numbers = {}, .categories = std::move(values)};
}

/// Rain likely when humid or under clouds; some values missing.
Dataset Weather(size_t rows, uint64_t seed) {
  stats::Random random(seed);
  Dataset dataset{.features = {.columns = {Numbers("humid", {}), Numbers("wind", {}), Categories("sky", {})}},
                  .labels = {},
                  .classes = {"dry", "rain"}};
  for (size_t row = 0; row < rows; ++row) {
    const bool cloudy = random.Uniform() < 0.4;
    const double humid = 40 + 60 * random.Uniform();
    const double odds = (humid - 75) / 6 + (cloudy ? 2 : -1);
    dataset.labels.push_back(random.Uniform() < 1 / (1 + std::exp(-odds)) ? 1 : 0);
    dataset.features.columns[0].numbers.push_back(random.Uniform() < 0.05 ? kMissing : static_cast<float>(humid));
    dataset.features.columns[1].numbers.push_back(static_cast<float>(random.Normal()));
    dataset.features.columns[2].categories.push_back(random.Uniform() < 0.05 ? "" : cloudy ? "cloudy" : "clear");
  }
  return dataset;
}

std::vector<AlgorithmParams> AllAlgorithms() {
  return {SvmParams{}, ForestParams{.n_estimators = 30, .min_samples_leaf = 5}, LogisticParams{}};
}

TEST(Fit, EveryAlgorithmLearnsFromNumbersCategoriesAndHoles) {
  const auto train = Weather(600, 1);
  const auto test = Weather(600, 2);
  for (const auto& params : AllAlgorithms()) {
    const auto model = Fit(train, params).value();
    const auto predictions = model::Predict(model, test.features).value();
    double right = 0;
    double brier = 0;
    for (size_t row = 0; row < test.rows(); ++row) {
      right += predictions.labels[row] == test.labels[row];
      const double p = predictions.probabilities.At(row, 1);
      brier += (p - test.labels[row]) * (p - test.labels[row]) / 600;
      EXPECT_NEAR(predictions.probabilities.At(row, 0) + predictions.probabilities.At(row, 1), 1, 1e-6);
    }
    EXPECT_GT(right / 600, 0.84) << AlgorithmName(params);
    EXPECT_LT(brier, 0.12) << AlgorithmName(params);
  }
}

TEST(Fit, TheSameSeedGivesTheSameBitsOnAnyNumberOfThreads) {
  const auto dataset = Weather(400, 3);
  for (const auto& params : AllAlgorithms()) {
    const auto one = model::ToJson(Fit(dataset, params, {.seed = 9, .threads = 1, .cancel = {}}).value());
    const auto four = model::ToJson(Fit(dataset, params, {.seed = 9, .threads = 4, .cancel = {}}).value());
    EXPECT_EQ(one, four) << AlgorithmName(params);
  }
  const auto other = model::ToJson(Fit(dataset, AllAlgorithms()[1], {.seed = 10, .cancel = {}}).value());
  EXPECT_NE(other, model::ToJson(Fit(dataset, AllAlgorithms()[1], {.seed = 9, .cancel = {}}).value()));
}

TEST(Fit, SaysWhatIsWrongWithTheData) {
  auto dataset = Weather(50, 4);
  dataset.features.columns[1].numbers[7] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(Fit(dataset, LogisticParams{}).error().message(),
            "row 7: wind is infinite; make it missing or drop the row before training");
  dataset = Weather(50, 4);
  dataset.classes.push_back("snow");
  EXPECT_EQ(Fit(dataset, LogisticParams{}).error().message(), "class 'snow' has no row to train on");
  dataset.labels[3] = 7;
  EXPECT_FALSE(Fit(dataset, LogisticParams{}));
  dataset = Weather(50, 4);
  dataset.features.columns[1].numbers[0] = -3e38F;
  dataset.features.columns[1].numbers[1] = 3e38F;
  dataset.features.columns[1].numbers[2] = 3e38F;
  for (size_t row = 3; row < 50; ++row) dataset.features.columns[1].numbers[row] = 3e38F;
  EXPECT_EQ(Fit(dataset, LogisticParams{}).error().name(), "wind");
}

TEST(Fit, StopsWhenCancelled) {
  const auto cancel = base::Cancellation::Make();
  cancel.Cancel();
  for (const auto& params : AllAlgorithms()) {
    EXPECT_EQ(Fit(Weather(100, 5), params, {.threads = 2, .cancel = cancel}).error().code(),
              base::ErrorCode::kCancelled);
  }
}

TEST(Fit, BalancedWeightsRaiseTheRecallOfARareClass) {
  auto dataset = Weather(1500, 6);
  std::vector<size_t> kept;
  for (size_t row = 0; row < dataset.rows(); ++row) {
    if (dataset.labels[row] == 0 || row % 8 == 0) kept.push_back(row);
  }
  dataset = dataset.Take(kept);
  const auto claims = [&](const AlgorithmParams& params) {
    return std::ranges::count(model::PredictLabel(Fit(dataset, params).value(), dataset.features).value(), 1);
  };
  EXPECT_GT(claims(SvmParams{.balanced = true}), 1.5 * claims(SvmParams{}));
  EXPECT_GT(claims(LogisticParams{.balanced = true}), 1.5 * claims(LogisticParams{}));
  const ForestParams shallow{.n_estimators = 30, .max_depth = 3};
  auto balanced = shallow;
  balanced.balanced = true;
  EXPECT_GT(claims(balanced), 1.5 * claims(shallow));
}

TEST(Fit, ASvmOnAClassOfOneRowStillGivesProbabilities) {
  auto dataset = Weather(60, 7);
  dataset.classes.push_back("snow");
  dataset.labels[10] = 2;
  const auto model = Fit(dataset, SvmParams{}).value();
  const auto scores = model::PredictProbability(model, dataset.features).value();
  for (const float p : scores.values) EXPECT_TRUE(p >= 0 && p <= 1);
}

TEST(MakeDataset, OrdersWholeNumbersByValueAndOtherLabelsAsText) {
  const auto frame = [](size_t rows) { return model::Frame{.columns = {Numbers("x", std::vector<float>(rows, 1))}}; };
  EXPECT_EQ(MakeDataset(frame(3), {"10", "9", "10"})->classes, (std::vector<std::string>{"9", "10"}));
  EXPECT_EQ(MakeDataset(frame(3), {"10", "9", "b"})->classes, (std::vector<std::string>{"10", "9", "b"}));
  EXPECT_EQ(MakeDataset(frame(3), {"10", "9", "10"})->labels, (std::vector<int32_t>{1, 0, 1}));
  EXPECT_FALSE(MakeDataset(frame(2), {"a", "a"}));
  EXPECT_FALSE(MakeDataset(frame(2), {"a", "b", "a"}));
}

TEST(FitEncodings, MedianMeanAndDeviationAreThoseOfTheTrainingRows) {
  const model::Frame frame{.columns = {Numbers("x", {1, 2, kMissing, 4, 9}), Numbers("constant", {5, 5, 5, 5, 5}),
                                       Numbers("empty", std::vector<float>(5, kMissing)),
                                       Categories("c", {"b", "", "a", "b", "c"})}};
  const auto encodings = internal::FitEncodings(frame, true).value();
  const auto x = std::get<model::NumberEncoding>(encodings[0].encoding);
  EXPECT_EQ(x.fill, 3);
  EXPECT_FLOAT_EQ(x.shift, 3.8F);
  EXPECT_FLOAT_EQ(x.scale, static_cast<float>(1 / std::sqrt((7.84 + 3.24 + 0.64 + 0.04 + 27.04) / 5)));
  EXPECT_EQ(std::get<model::NumberEncoding>(encodings[1].encoding).scale, 1);
  EXPECT_EQ(std::get<model::NumberEncoding>(encodings[2].encoding).fill, 0);
  EXPECT_EQ(std::get<model::CategoryEncoding>(encodings[3].encoding).categories,
            (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(std::get<model::NumberEncoding>(internal::FitEncodings(frame, false).value()[0].encoding).scale, 1);
}

TEST(RankedColumns, AThresholdSeparatesNeighbouringFloatsAlike) {
  stats::Random random(12);
  internal::Rows rows{.features = 1, .classes = 2, .values = {}, .labels = std::vector<int32_t>(400, 0)};
  for (int i = 0; i < 200; ++i) {
    const auto low = static_cast<float>(random.Normal() * std::pow(10, random.Between(-6, 6)));
    rows.values.push_back(low);
    rows.values.push_back(i % 2 == 0 ? std::nextafter(low, 1e30F) : low * 1.5F);
  }
  const internal::RankedColumns columns(rows);
  const auto ranks = columns.Ranks(0);
  for (size_t a = 0; a < 400; ++a) {
    for (size_t b = 0; b < 400; ++b) {
      if (ranks[b] != ranks[a] + 1) continue;
      const float threshold = columns.Threshold(0, ranks[a], ranks[b]);
      ASSERT_TRUE(rows.values[a] <= threshold && rows.values[b] > threshold);
    }
  }
}

/// Every training row ends in a leaf of its own class: float32 comparisons of the finished model agree with the ranks
/// that grew it.
TEST(Forest, AFullyGrownTreeWithoutBootstrapRecallsItsRows) {
  auto dataset = Weather(300, 8);
  dataset.features.columns.pop_back();
  const auto model = Fit(dataset, ForestParams{.n_estimators = 3, .bootstrap = false}).value();
  EXPECT_EQ(model::PredictLabel(model, dataset.features).value(), dataset.labels);
}

TEST(Forest, LimitsAreKept) {
  const auto dataset = Weather(500, 9);
  const auto model = Fit(dataset, ForestParams{.n_estimators = 10, .max_depth = 4, .min_samples_leaf = 20}).value();
  const auto& ensemble = std::get<model::TreeEnsemble>(model.classifier);
  EXPECT_EQ(ensemble.trees.size(), 10U);
  for (const auto& tree : ensemble.trees) {
    std::vector<int> depth(tree.size(), 0);
    for (size_t i = 0; i < tree.size(); ++i) {
      EXPECT_LE(depth[i], 4);
      EXPECT_GE(tree[i].cover, 20);
      if (tree[i].feature < 0) continue;
      depth[static_cast<size_t>(tree[i].left)] = depth[static_cast<size_t>(tree[i].right)] = depth[i] + 1;
      EXPECT_EQ(tree[i].cover,
                tree[static_cast<size_t>(tree[i].left)].cover + tree[static_cast<size_t>(tree[i].right)].cover);
    }
    EXPECT_EQ(tree[0].cover, 500);
  }
}

/// The split score by its definition, every cut tried; each side keeps `min_leaf` rows.
double BestByTryingAll(const std::vector<internal::Sample>& samples, const std::vector<uint32_t>& ranks, size_t classes,
                       size_t min_leaf) {
  double best = 0;
  for (const uint32_t cut : ranks) {
    std::array<std::vector<double>, 2> sides = {std::vector<double>(classes), std::vector<double>(classes)};
    std::array<size_t, 2> rows = {0, 0};
    for (const auto& sample : samples) {
      const size_t side = ranks[sample.row] <= cut ? 0 : 1;
      sides[side][sample.label] += sample.draws;
      ++rows[side];
    }
    if (std::ranges::min(rows) < min_leaf) continue;
    double score = 0;
    for (const auto& side : sides) {
      double weight = 0;
      double squares = 0;
      for (const double count : side) {
        weight += count;
        squares += count * count;
      }
      score += squares / weight;
    }
    best = std::max(best, score);
  }
  return best;
}

TEST(Forest, FindsTheBestOfAllCutsWhicheverWayItScans) {
  // Few rows over many ranks are sorted, many rows over few are counted: both must find what trying every cut finds.
  stats::Random random(21);
  for (const size_t count : {12UL, 300UL}) {
    for (int round = 0; round < 40; ++round) {
      std::vector<uint32_t> ranks(count);
      std::vector<internal::Sample> samples;
      std::vector<uint64_t> totals(3, 0);
      for (size_t i = 0; i < count; ++i) {
        ranks[i] = static_cast<uint32_t>(random.Below(count == 12 ? 100'000 : 150));
        samples.push_back({static_cast<uint32_t>(i), static_cast<uint16_t>(random.Below(3)),
                           static_cast<uint16_t>(1 + random.Below(3))});
        totals[samples.back().label] += samples.back().draws;
      }
      bool constant = true;
      const auto split = internal::SplitFinder({1, 1, 1}, 3).Find(samples, ranks, totals, constant);
      EXPECT_FALSE(constant);
      ASSERT_TRUE(split.found);
      const double best = BestByTryingAll(samples, ranks, 3, 3);
      EXPECT_NEAR(split.score, best, 1e-9 * best);
      EXPECT_EQ(std::ranges::count_if(ranks, [&](uint32_t r) { return r > split.low_rank && r < split.high_rank; }), 0);
    }
  }
}

TEST(FeaturesPerSplit, FollowsTheRuleAndTriesAtLeastOne) {
  using Rule = ForestParams::Features;
  EXPECT_EQ(internal::FeaturesPerSplit({}, 15), 3U);
  EXPECT_EQ(internal::FeaturesPerSplit({}, 1), 1U);
  EXPECT_EQ(internal::FeaturesPerSplit({.features_rule = Rule::kLog2}, 64), 6U);
  EXPECT_EQ(internal::FeaturesPerSplit({.features_rule = Rule::kAll}, 9), 9U);
  EXPECT_EQ(internal::FeaturesPerSplit({.features_rule = Rule::kCount, .max_features = 40}, 9), 9U);
  EXPECT_EQ(internal::FeaturesPerSplit({.features_rule = Rule::kShare, .max_features = 0.01}, 9), 1U);
}

TEST(Lbfgs, FindsTheMinimumOfAnIllConditionedBowl) {
  const auto bowl = [](std::span<const double> x, std::span<double> gradient) {
    double value = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const double scale = std::pow(10, static_cast<double>(i));
      value += scale * (x[i] - 1) * (x[i] - 1) / 2;
      gradient[i] = scale * (x[i] - 1);
    }
    return value;
  };
  const auto result =
      internal::MinimizeLbfgs(bowl, std::vector<double>(5, 0.0), {.gradient_tolerance = 1e-9}, {}).value();
  EXPECT_TRUE(result.converged);
  EXPECT_LT(result.iterations, 100);
  for (const double x : result.x) EXPECT_NEAR(x, 1, 1e-8);
}

TEST(FitSigmoid, RecoversTheSigmoidThatMadeTheLabels) {
  stats::Random random(30);
  std::vector<double> decisions;
  std::unique_ptr<bool[]> positive(new bool[20'000]);
  for (size_t i = 0; i < 20'000; ++i) {
    decisions.push_back(random.Normal() * 2);
    positive[i] = random.Uniform() < 1 / (1 + std::exp(-1.5 * decisions[i] + 0.5));
  }
  const auto sigmoid = internal::FitSigmoid(decisions, std::span(positive.get(), decisions.size()));
  EXPECT_NEAR(sigmoid.a, -1.5, 0.06);
  EXPECT_NEAR(sigmoid.b, 0.5, 0.06);
}

}  // namespace
}  // namespace gyre::train
