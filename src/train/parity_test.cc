// The algorithms against scikit-learn's recorded results on its bundled sets, on the same folds.
#include <cmath>
#include <gtest/gtest.h>

#include "base/file.h"
#include "train/fit.h"
#include "train/folds.h"
#include "train/internal/prepared.h"
#include "train/testing/sets.h"

namespace gyre::train {
namespace {

using base::Json;

Json Golden() {
  const auto text = base::ReadFile(std::string(GYRE_TEST_DATA) + "/golden.json", 8 << 20).value();
  return base::ParseJson(text, "golden.json").value();
}

Dataset Load(const std::string& name) {
  return testing::ReadCsv(std::string(GYRE_TEST_DATA) + "/" + name + ".csv").value();
}

std::vector<int32_t> Digits(const Json& text) {
  std::vector<int32_t> digits;
  for (const char digit : text.get<std::string>()) digits.push_back(digit - '0');
  return digits;
}

AlgorithmParams Params(const std::string& algorithm, const Json& json) {
  return ParseParams(algorithm, json, "params").value();
}

std::vector<int32_t> OutOfFold(const Dataset& dataset, const AlgorithmParams& params,
                               const std::vector<int32_t>& fold_of, const FitOptions& options) {
  std::vector<int32_t> labels(dataset.rows());
  const auto folds = MakeFolds({.kind = FoldPlan::Kind::kGiven}, dataset.labels, 0, fold_of).value();
  for (const auto& fold : folds) {
    const auto model = Fit(dataset.Take(fold.train), params, options).value();
    const auto predicted = model::PredictLabel(model, dataset.features.Take(fold.score)).value();
    for (size_t i = 0; i < fold.score.size(); ++i) labels[fold.score[i]] = predicted[i];
  }
  return labels;
}

double Accuracy(const Dataset& dataset, const std::vector<int32_t>& labels, const std::vector<int32_t>& fold_of,
                int32_t fold) {
  double right = 0;
  double rows = 0;
  for (size_t row = 0; row < labels.size(); ++row) {
    if (fold >= 0 && fold_of[row] != fold) continue;
    ++rows;
    right += labels[row] == dataset.labels[row];
  }
  return right / rows;
}

TEST(SvmParity, LabelsEqualScikitLearnsForEveryKernelAndSet) {
  const auto golden = Golden();
  for (const auto& [name, json] : golden["svm"].items()) {
    const auto dataset = Load(name);
    const auto fold_of = Digits(json["folds"]);
    for (const auto& one : json["cases"]) {
      const auto labels =
          OutOfFold(dataset, Params("svm", one["params"]), fold_of, {.probabilities = false, .cancel = {}});
      EXPECT_EQ(labels, Digits(one["labels"])) << name << " " << base::DumpJson(one["params"]);
    }
  }
}

TEST(SvmParity, FeatureVectorsAndTheSharedKernelMatrixGiveTheSameModel) {
  for (const char* kernel : {"linear", "poly", "rbf", "sigmoid"}) {
    const auto params = Params("svm", {{"kernel", kernel}, {"coef0", 0.5}});
    auto prepared = internal::Prepare(Load("wine"), params).value();
    ASSERT_TRUE(prepared.dots);
    const auto shared = internal::FitPrepared(prepared, params, {.seed = 4, .cancel = {}}).value();
    prepared.dots.reset();
    const auto plain = internal::FitPrepared(prepared, params, {.seed = 4, .cancel = {}}).value();
    EXPECT_EQ(model::ToJson(shared), model::ToJson(plain)) << kernel;
  }
}

TEST(LogisticParity, FoldAccuraciesEqualScikitLearns) {
  const auto golden = Golden();
  for (const auto& [name, json] : golden["logistic"].items()) {
    const auto dataset = Load(name);
    const auto fold_of = Digits(json["folds"]);
    const auto labels = OutOfFold(dataset, LogisticParams{}, fold_of, {});
    for (int32_t fold = 0; fold < 5; ++fold) {
      EXPECT_NEAR(Accuracy(dataset, labels, fold_of, fold),
                  json["fold_accuracy"][static_cast<size_t>(fold)].get<double>(), 0.002)
          << name << " fold " << fold;
    }
  }
}

/// The mean difference over repeats, in standard errors, must not be below -2; above, Gyre is the better one.
TEST(ForestParity, AccuracyOverTenCrossValidationsIsWithinTwoStandardErrors) {
  const auto golden = Golden();
  for (const auto& [name, repeats] : golden["forest"].items()) {
    const auto dataset = Load(name);
    std::vector<double> differences;
    for (const auto& repeat : repeats) {
      const auto fold_of = Digits(repeat["folds"]);
      const auto labels = OutOfFold(dataset, ForestParams{}, fold_of, {.seed = differences.size(), .cancel = {}});
      differences.push_back(Accuracy(dataset, labels, fold_of, -1) - repeat["accuracy"].get<double>());
    }
    double mean = 0;
    for (const double difference : differences) mean += difference / 10;
    double variance = 0;
    for (const double difference : differences) variance += (difference - mean) * (difference - mean) / 9;
    EXPECT_GE(mean, -2 * std::sqrt(variance / 10)) << name;
    EXPECT_LE(mean, 0.01) << name << ": too good to be true";
  }
}

void ExpectClose(const std::vector<float>& actual, const Json& expected, const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  for (size_t i = 0; i < actual.size(); ++i) {
    EXPECT_NEAR(actual[i], expected[i].get<double>(), 2e-5 * (1 + std::abs(expected[i].get<double>())))
        << what << " " << i;
  }
}

TEST(LogisticParity, CoefficientsEqualScikitLearnsAtConvergence) {
  const auto golden = Golden();
  for (const auto& [name, json] : golden["logistic"].items()) {
    const auto dataset = Load(name);
    LogisticParams params{.C = json["C"], .tol = 1e-10, .max_iter = 100'000};
    const auto plain = std::get<model::LinearClassifier>(Fit(dataset, params)->classifier);
    ExpectClose(plain.weights, json["weights"], name);
    ExpectClose(plain.intercepts, json["intercepts"], name);
    params.balanced = true;
    const auto balanced = std::get<model::LinearClassifier>(Fit(dataset, params)->classifier);
    ExpectClose(balanced.weights, json["balanced_weights"], name + " balanced");
    ExpectClose(balanced.intercepts, json["balanced_intercepts"], name + " balanced");
  }
}

TEST(FoldsParity, StratifiedAndTimeFoldsEqualScikitLearnsSplitters) {
  const auto golden = Golden();
  for (const auto& json : golden["splitters"]) {
    const std::vector<int32_t> labels = json["labels"];
    const size_t count = json["count"];
    EXPECT_EQ(StratifiedAssignment(labels, count, false, 0), json["stratified"].get<std::vector<int32_t>>());
    const auto folds = MakeFolds({.kind = FoldPlan::Kind::kTime, .count = count}, labels, 0).value();
    for (size_t i = 0; i < count; ++i) {
      EXPECT_EQ(Json({folds[i].train.size(), folds[i].score.front(), folds[i].score.back()}), json["time"][i]);
    }
  }
}

}  // namespace
}  // namespace gyre::train
