#include "train/search.h"

#include <cmath>
#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "train/fit.h"
#include "train/internal/parallel.h"
#include "train/testing/sets.h"

namespace gyre::train {
namespace {

using base::Json;

class Recorder final : public TrialSink {
 public:
  base::Result<void> OnTrial(const Trial& trial) override {
    trials.push_back(trial);
    threads.insert(std::this_thread::get_id());
    if (cancel_after && trials.size() == *cancel_after) cancel.Cancel();
    if (fail_at && trials.size() == *fail_at) return base::Unavailable("the store is gone");
    return base::Ok();
  }
  std::vector<Trial> trials;
  std::set<std::thread::id> threads;
  std::optional<size_t> cancel_after;
  std::optional<size_t> fail_at;
  base::Cancellation cancel = base::Cancellation::Make();
};

Dataset Load(const std::string& name) {
  return testing::ReadCsv(std::string(GYRE_TEST_DATA) + "/" + name + ".csv").value();
}
TrainSpec Spec(const char* text) {
  return ParseTrainSpec(Json::parse(text), "train").value();
}

const base::testing::ManualClock kClock{base::Timestamp{}};

TEST(RunSearch, ResultsDoNotDependOnTheNumberOfThreads) {
  for (
      const char* text :
      {R"({"algorithm":"random_forest","params":{"n_estimators":8},"seed":5,"scoring":"neg_log_loss",
            "search":{"kind":"random","trials":6,"space":{"max_depth":{"int":[1,6]},"max_features":["sqrt",0.9]}}})",
       R"({"algorithm":"svm","scoring":"roc_auc","search":{"kind":"grid","space":{"C":[0.1,10],"gamma":["scale",0.5]}}})",
       R"({"algorithm":"logistic_regression","folds":3,"search":{"kind":"grid","space":{"C":[0.001,1]}}})"}) {
    Recorder alone;
    Recorder together;
    const auto one = RunSearch(Load("wine"), Spec(text), kClock, alone, {.threads = 1}).value();
    const auto four = RunSearch(Load("wine"), Spec(text), kClock, together, {.threads = 4}).value();
    ASSERT_EQ(alone.trials.size(), together.trials.size());
    for (size_t i = 0; i < alone.trials.size(); ++i) {
      EXPECT_EQ(together.trials[i].number, i);
      EXPECT_EQ(alone.trials[i].params, together.trials[i].params);
      EXPECT_EQ(alone.trials[i].seed, together.trials[i].seed);
      EXPECT_EQ(alone.trials[i].fold_scores, together.trials[i].fold_scores);
    }
    EXPECT_EQ(one.best, four.best);
    EXPECT_EQ(model::ToJson(one.model), model::ToJson(four.model));
    EXPECT_EQ(together.threads, std::set{std::this_thread::get_id()});
  }
}

TEST(RunSearch, PicksTheHighestMeanAndTrainsItOnAllRows) {
  Recorder recorder;
  const auto spec = Spec(R"({"algorithm":"svm","search":{"kind":"grid","space":{"C":[0.0001,1]}}})");
  const auto dataset = Load("iris");
  const auto result = RunSearch(dataset, spec, kClock, recorder).value();
  EXPECT_EQ(result.best, 1U);
  EXPECT_GT(result.trials[1].mean, 0.93);
  EXPECT_EQ(result.trials[1].fold_scores.size(), 5U);
  EXPECT_EQ(result.trials[1].params["C"], 1.0);
  const auto direct =
      Fit(dataset, ParseParams("svm", {{"C", 1}}, "params").value(), {.probabilities = false, .cancel = {}});
  EXPECT_EQ(model::PredictLabel(result.model, dataset.features).value(),
            model::PredictLabel(*direct, dataset.features).value());
  EXPECT_EQ(model::PredictProbability(result.model, dataset.features)->rows(), 150U);
}

TEST(RunSearch, MeanAndDeviationAreThoseOfTheFolds) {
  Recorder recorder;
  ASSERT_TRUE(
      RunSearch(Load("wine"), Spec(R"({"algorithm":"logistic_regression","params":{"C":0.001}})"), kClock, recorder));
  const auto& trial = recorder.trials.at(0);
  double mean = 0;
  for (const double score : trial.fold_scores) mean += score / 5;
  double squares = 0;
  for (const double score : trial.fold_scores) squares += (score - mean) * (score - mean) / 5;
  EXPECT_NEAR(trial.mean, mean, 1e-15);
  EXPECT_NEAR(trial.std, std::sqrt(squares), 1e-15);
}

TEST(RunSearch, ATrialsSeedStandsAloneSoALongerSearchRepeatsTheShorterOne) {
  const auto text = [](int trials) {
    return Json{{"algorithm", "random_forest"},
                {"params", {{"n_estimators", 5}}},
                {"seed", 11},
                {"search", {{"kind", "random"}, {"trials", trials}, {"space", {{"max_depth", {{"int", {1, 8}}}}}}}}};
  };
  Recorder few;
  Recorder many;
  ASSERT_TRUE(RunSearch(Load("wine"), ParseTrainSpec(text(3), "t").value(), kClock, few));
  ASSERT_TRUE(RunSearch(Load("wine"), ParseTrainSpec(text(6), "t").value(), kClock, many));
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(few.trials[i].fold_scores, many.trials[i].fold_scores);
}

TEST(RunSearch, CancellationAndAFailingSinkEndIt) {
  const auto spec =
      Spec(R"({"algorithm":"logistic_regression","search":{"kind":"grid","space":{"C":[1,2,3,4,5,6,7,8]}}})");
  for (const size_t threads : {1UL, 3UL}) {
    Recorder recorder;
    recorder.cancel_after = 2;
    const auto cancelled = RunSearch(Load("iris"), spec, kClock, recorder,
                                     {.threads = threads, .cancel = recorder.cancel, .given_folds = {}});
    EXPECT_EQ(cancelled.error().code(), base::ErrorCode::kCancelled);
    EXPECT_LT(recorder.trials.size(), 8U);
    Recorder failing;
    failing.fail_at = 1;
    EXPECT_EQ(RunSearch(Load("iris"), spec, kClock, failing, {.threads = threads}).error().code(),
              base::ErrorCode::kUnavailable);
    EXPECT_EQ(failing.trials.size(), 1U);
  }
}

TEST(RunSearch, ScoresFoldsWhoseTrainingRowsLackAClass) {
  // In time order the third class of iris comes last: the first folds have never seen it.
  Recorder recorder;
  auto dataset = Load("iris");
  std::vector<int32_t> given(150, -1);
  for (size_t row = 40; row < 60; ++row) given[row] = 0;    // trained on all three classes
  for (size_t row = 100; row < 150; ++row) given[row] = 1;  // trained without the third
  const auto spec = Spec(R"({"algorithm":"logistic_regression","folds":{"kind":"given"}})");
  ASSERT_TRUE(RunSearch(dataset, spec, kClock, recorder, {.threads = 1, .cancel = {}, .given_folds = given}));
  EXPECT_GT(recorder.trials[0].fold_scores[0], 0.9);
  EXPECT_EQ(recorder.trials[0].fold_scores[1], 0);
  const auto one_class =
      RunSearch(dataset, Spec(R"({"algorithm":"svm","folds":{"kind":"time","count":5}})"), kClock, recorder);
  EXPECT_NE(one_class.error().message().find("fold 0"), std::string::npos);
}

TEST(RunSearch, TwoClassMetricsAreAboutThePositiveClass) {
  Recorder malignant;
  Recorder benign;
  const auto dataset = Load("breast_cancer");
  const auto text = [](const char* positive) {
    return ParseTrainSpec(
               {{"algorithm", "logistic_regression"}, {"scoring", "precision"}, {"positive_class", positive}}, "t")
        .value();
  };
  ASSERT_TRUE(RunSearch(dataset, text("0"), kClock, malignant));
  ASSERT_TRUE(RunSearch(dataset, text("1"), kClock, benign));
  EXPECT_NE(malignant.trials[0].mean, benign.trials[0].mean);
  EXPECT_EQ(RunSearch(dataset, text("2"), kClock, benign).error().name(), "positive_class");
}

TEST(RunInOrder, ReportsInOrderOnTheCallingThreadAndJoinsBeforeReturning) {
  std::atomic<int> running = 0;
  std::vector<size_t> reported;
  const auto caller = std::this_thread::get_id();
  const auto outcome = internal::RunInOrder(
      50, 4, {},
      [&](size_t i) {
        ++running;
        std::this_thread::sleep_for(std::chrono::microseconds((i * 37) % 200));
        --running;
        return base::Ok();
      },
      [&](size_t i) {
        EXPECT_EQ(std::this_thread::get_id(), caller);
        reported.push_back(i);
        return base::Ok();
      });
  ASSERT_TRUE(outcome);
  EXPECT_EQ(running, 0);
  EXPECT_EQ(reported.size(), 50U);
  EXPECT_TRUE(std::ranges::is_sorted(reported));
}

TEST(RunInOrder, AnErrorStopsWhatHasNotBegun) {
  std::atomic<size_t> begun = 0;
  const auto outcome = internal::ParallelFor(10'000, 2, {}, [&](size_t i) -> base::Result<void> {
    ++begun;
    if (i == 20) return base::Internal("piece 20");
    return base::Ok();
  });
  EXPECT_EQ(outcome.error().message(), "piece 20");
  EXPECT_LT(begun, 10'000U);
}

}  // namespace
}  // namespace gyre::train
