#include "train/spec.h"

#include <cmath>
#include <gtest/gtest.h>

namespace gyre::train {
namespace {

using base::Json;

base::Result<TrainSpec> Parse(const char* text) {
  return ParseTrainSpec(Json::parse(text), "train");
}
std::string ErrorOf(const char* text) {
  const auto spec = Parse(text);
  return spec ? "accepted" : spec.error().message();
}

TEST(ParseTrainSpec, ReadsTheExampleAndFillsDefaults) {
  const auto spec = Parse(R"({"algorithm":"random_forest","params":{"n_estimators":200},
      "search":{"kind":"grid","space":{"max_depth":[6,10,null]}},"folds":5,"scoring":"neg_brier","seed":7})")
                        .value();
  EXPECT_EQ(spec.TrialCount(), 3U);
  EXPECT_EQ(spec.TrialParams(1), Json::parse(R"({"n_estimators":200,"max_depth":10})"));
  EXPECT_EQ(spec.scoring.metric, "brier");
  EXPECT_TRUE(spec.scoring.loss);
  EXPECT_EQ(spec.folds.count, 5U);
  const auto bare = Parse(R"({"algorithm":"svm"})").value();
  EXPECT_EQ(bare.TrialCount(), 1U);
  EXPECT_EQ(bare.scoring.metric, "accuracy");
}

TEST(ParseTrainSpec, AGridRunsLikeParameterGridWithTheLastNameFastest) {
  const auto spec =
      Parse(R"({"algorithm":"svm","search":{"kind":"grid","space":{"gamma":["scale",0.1],"C":[1,10,100]}}})").value();
  ASSERT_EQ(spec.TrialCount(), 6U);
  EXPECT_EQ(spec.TrialParams(0), Json::parse(R"({"C":1,"gamma":"scale"})"));
  EXPECT_EQ(spec.TrialParams(1), Json::parse(R"({"C":1,"gamma":0.1})"));
  EXPECT_EQ(spec.TrialParams(5), Json::parse(R"({"C":100,"gamma":0.1})"));
}

TEST(ParseTrainSpec, ARandomSearchDrawsWithinBoundsAndRepeatsForItsSeed) {
  const auto text = R"({"algorithm":"random_forest","seed":3,"search":{"kind":"random","trials":200,"space":{
      "max_depth":{"int":[3,5]},"max_features":{"uniform":[0.2,0.8]},"min_samples_leaf":[1,5,20]}}})";
  const auto spec = Parse(text).value();
  std::set<int> depths;
  std::set<int> leaves;
  for (size_t trial = 0; trial < spec.TrialCount(); ++trial) {
    const auto params = spec.TrialParams(trial);
    EXPECT_EQ(params, Parse(text)->TrialParams(trial));
    depths.insert(params["max_depth"].get<int>());
    leaves.insert(params["min_samples_leaf"].get<int>());
    EXPECT_TRUE(params["max_features"] >= 0.2 && params["max_features"] < 0.8);
  }
  EXPECT_EQ(depths, (std::set<int>{3, 4, 5}));
  EXPECT_EQ(leaves, (std::set<int>{1, 5, 20}));
}

TEST(ParseTrainSpec, LogUniformSpreadsOverDecades) {
  const auto spec =
      Parse(R"({"algorithm":"svm","search":{"kind":"random","trials":300,"space":{"C":{"loguniform":[0.01,100]}}}})")
          .value();
  int below_one = 0;
  for (size_t trial = 0; trial < 300; ++trial) below_one += spec.TrialParams(trial)["C"] < 1.0;
  EXPECT_NEAR(below_one, 150, 40);
}

TEST(ParseTrainSpec, NamesTheFieldThatIsWrongBeforeAnythingRuns) {
  EXPECT_EQ(ErrorOf(R"({"algorithm":"randomforest"})"),
            "algorithm 'randomforest' is not known; did you mean 'random_forest'?");
  EXPECT_EQ(ErrorOf(R"({"algorithm":"svm","parms":{}})"), "train.parms is not a known field; did you mean 'params'?");
  EXPECT_EQ(ErrorOf(R"({"algorithm":"svm","params":{"C":0}})"), "train.params.C must be above 0, not 0.0");
  EXPECT_EQ(ErrorOf(R"({"algorithm":"svm","params":{"kernel":"rfb"}})"),
            R"(train.params.kernel must be linear, poly, rbf or sigmoid, not "rfb")");
  EXPECT_EQ(ErrorOf(R"({"algorithm":"svm","search":{"kind":"grid","space":{"C":[1,-1]}}})"),
            "train.search.space.C must be above 0, not -1.0");
  EXPECT_EQ(ErrorOf(R"({"algorithm":"svm","search":{"kind":"grid","space":{"c":[1]}}})"),
            "train.search.space.c is not a known field; did you mean 'C'?");
  EXPECT_EQ(ErrorOf(R"({"algorithm":"svm","search":{"kind":"grid","space":{"C":{"uniform":[1,2]}}}})"),
            "train.search.space.C must be a list of values in a grid search");
  EXPECT_EQ(ErrorOf(R"({"algorithm":"svm","search":{"kind":"random","trials":5,"space":{"C":{"loguniform":[0,2]}}}})"),
            "train.search.space.C.loguniform must have bounds above 0");
  EXPECT_EQ(ErrorOf(R"({"algorithm":"svm","search":{"kind":"random","space":{"C":[1]}}})"),
            "train.search.trials is missing");
  EXPECT_EQ(ErrorOf(R"({"algorithm":"svm","folds":1})"), "train.folds must be from 2 to 100, not 1");
  EXPECT_EQ(ErrorOf(R"({"algorithm":"svm","seed":-1})"), "train.seed must not be negative");
  EXPECT_NE(ErrorOf(R"({"algorithm":"svm","scoring":"acuracy"})").find("did you mean 'accuracy'?"), std::string::npos);
  EXPECT_NE(ErrorOf(R"({"algorithm":"svm","params":{"standardize":"yes"}})").find("train.params.standardize"),
            std::string::npos);
}

TEST(ParseTrainSpec, TakesAPositiveClassThatYamlReadAsANumber) {
  EXPECT_EQ(Parse(R"({"algorithm":"svm","positive_class":1})")->positive_class, "1");
  EXPECT_EQ(Parse(R"({"algorithm":"svm","positive_class":"rain"})")->positive_class, "rain");
  EXPECT_FALSE(Parse(R"({"algorithm":"svm","positive_class":["rain"]})"));
}

TEST(ParseTrainSpec, AGridThatWouldNeverEndIsRefused) {
  Json json = {{"algorithm", "svm"}, {"search", {{"kind", "grid"}}}};
  for (const char* name : {"C", "gamma", "coef0", "tol"}) {
    for (int i = 1; i <= 100; ++i) json["search"]["space"][name].push_back(i);
  }
  EXPECT_NE(ParseTrainSpec(json, "train").error().message().find("over 10000 combinations"), std::string::npos);
}

TEST(ParamsToJson, GivesBackWhatItWouldRead) {
  for (const auto& algorithm : AlgorithmNames()) {
    const auto params = ParseParams(algorithm, Json::object(), "params").value();
    EXPECT_EQ(AlgorithmName(params), algorithm);
    const auto written = ParamsToJson(params);
    EXPECT_EQ(ParamsToJson(ParseParams(algorithm, written, "params").value()), written);
  }
  const auto given = Json::parse(R"({"max_features":0.5,"max_depth":4,"class_weight":"balanced"})");
  const auto written = ParamsToJson(ParseParams("random_forest", given, "params").value());
  EXPECT_EQ(written["max_features"], 0.5);
  EXPECT_EQ(written["max_depth"], 4);
  EXPECT_EQ(written["class_weight"], "balanced");
}

TEST(ParseFoldPlan, ReadsEveryForm) {
  EXPECT_EQ(ParseFoldPlan(Json(3), "folds")->count, 3U);
  const auto time = ParseFoldPlan(Json::parse(R"({"kind":"time","count":4})"), "folds").value();
  EXPECT_EQ(time.kind, FoldPlan::Kind::kTime);
  EXPECT_EQ(time.ToJson(), Json::parse(R"({"kind":"time","count":4})"));
  EXPECT_EQ(ParseFoldPlan(Json::parse(R"({"kind":"given"})"), "folds")->kind, FoldPlan::Kind::kGiven);
  EXPECT_FALSE(ParseFoldPlan(Json("five"), "folds"));
  EXPECT_FALSE(ParseFoldPlan(Json::parse(R"({"kind":"random"})"), "folds"));
}

TEST(MakeFolds, EveryRowIsScoredOnceAndSharesAreKept) {
  std::vector<int32_t> labels(90, 0);
  labels.resize(100, 1);
  const auto folds = MakeFolds({.count = 5}, labels, 42).value();
  std::vector<int> scored(100, 0);
  for (const auto& fold : folds) {
    EXPECT_EQ(fold.train.size() + fold.score.size(), 100U);
    EXPECT_EQ(std::ranges::count_if(fold.score, [&](size_t row) { return labels[row] == 1; }), 2);
    for (const size_t row : fold.score) ++scored[row];
  }
  EXPECT_EQ(scored, std::vector<int>(100, 1));
  EXPECT_NE(MakeFolds({.count = 5}, labels, 43).value()[0].score, folds[0].score);
}

TEST(MakeFolds, SaysWhyAPlanCannotBeMet) {
  EXPECT_FALSE(MakeFolds({.count = 5}, {0, 1, 0, 1}, 0));
  EXPECT_FALSE(MakeFolds({.kind = FoldPlan::Kind::kTime, .count = 5}, {0, 1, 0, 1}, 0));
  EXPECT_FALSE(MakeFolds({.kind = FoldPlan::Kind::kGiven}, {0, 1, 0, 1}, 0, {0, 1}));
  EXPECT_FALSE(MakeFolds({.kind = FoldPlan::Kind::kGiven}, {0, 1, 0, 1}, 0, {0, 0, 2, 2}));
  const auto held = MakeFolds({.kind = FoldPlan::Kind::kGiven}, {0, 1, 0, 1}, 0, {0, 1, -1, -1}).value();
  EXPECT_EQ(held[0].train, (std::vector<size_t>{1, 2, 3}));
}

}  // namespace
}  // namespace gyre::train
