// Trains on folds that a script gives and answers with predictions, so that the script can compare them with
// scikit-learn's. Reads one JSON object from standard input:
//   {"data": "iris.csv", "jobs": [{"algorithm": "svm", "params": {}, "seed": 1, "threads": 1, "probabilities": true,
//     "folds": [[fold of each row], ...]}]}
// and writes one: {"jobs": [[{"labels": [..of each row..], "probability": [[..]], "seconds": 0.1}, ...]]}, one entry
// per assignment of rows to folds; labels are class indices in ascending order of label. With "search": a spec of
// train/spec.h in place of params and folds, it runs the search: {"trials": [...], "seconds": ...}.
#include <cstdio>
#include <iostream>
#include <iterator>

#include "base/json.h"
#include "train/fit.h"
#include "train/search.h"
#include "train/testing/sets.h"

namespace gyre::train {
namespace {

using base::Json;

double Seconds(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

class NullSink final : public TrialSink {
  base::Result<void> OnTrial(const Trial&) override { return base::Ok(); }
};

base::Result<Json> CrossPredict(const Dataset& dataset, const AlgorithmParams& params, const FitOptions& options,
                                const std::vector<int32_t>& fold_of) {
  std::vector<int32_t> labels(dataset.rows());
  std::vector<std::vector<float>> probability(dataset.rows());
  double seconds = 0;
  const auto folds = TRY(MakeFolds({.kind = FoldPlan::Kind::kGiven}, dataset.labels, 0, fold_of));
  for (const auto& fold : folds) {
    const auto start = std::chrono::steady_clock::now();
    const auto model = TRY(Fit(dataset.Take(fold.train), params, options));
    seconds += Seconds(start);
    const auto predictions = TRY(model::Predict(model, dataset.features.Take(fold.score)));
    for (size_t i = 0; i < fold.score.size(); ++i) {
      labels[fold.score[i]] = predictions.labels[i];
      const auto& scores = predictions.probabilities;
      for (size_t label = 0; label < scores.classes && !scores.values.empty(); ++label) {
        probability[fold.score[i]].push_back(scores.At(i, label));
      }
    }
  }
  return Json{{"labels", labels}, {"probability", probability}, {"seconds", seconds}};
}

base::Result<Json> Search(const Dataset& dataset, const Json& job) {
  const auto spec = TRY(ParseTrainSpec(job["search"], "search"));
  const base::SystemClock clock;
  NullSink sink;
  const auto start = std::chrono::steady_clock::now();
  const auto result = TRY(RunSearch(dataset, spec, clock, sink, {.threads = job.value("threads", size_t{1})}));
  Json trials = Json::array();
  for (const auto& trial : result.trials) trials.push_back({{"params", trial.params}, {"scores", trial.fold_scores}});
  return Json{{"trials", trials}, {"best", result.best}, {"seconds", Seconds(start)}};
}

base::Result<Json> RunJob(const Dataset& dataset, const Json& job) {
  if (job.contains("search")) return Search(dataset, job);
  const auto params = TRY(ParseParams(job["algorithm"].get<std::string>(), job["params"], "params"));
  Json results = Json::array();
  uint64_t seed = job.value("seed", uint64_t{0});
  for (const auto& fold_of : job["folds"]) {
    const FitOptions options{.seed = seed++,
                             .threads = job.value("threads", size_t{1}),
                             .probabilities = job.value("probabilities", true),
                             .cancel = {}};
    results.push_back(TRY(CrossPredict(dataset, params, options, fold_of.get<std::vector<int32_t>>())));
  }
  return results;
}

base::Result<Json> Run() {
  const std::string text(std::istreambuf_iterator<char>(std::cin), {});
  const auto request = TRY(base::ParseJson(text, "standard input"));
  const auto dataset = TRY(testing::ReadCsv(request["data"].get<std::string>()));
  Json jobs = Json::array();
  for (const auto& job : request["jobs"]) jobs.push_back(TRY(RunJob(dataset, job)));
  return Json{{"jobs", jobs}};
}

}  // namespace
}  // namespace gyre::train

int main() {
  const auto answer = gyre::train::Run();
  if (!answer) {
    std::cerr << answer.error().ToString() << "\n";
    return 1;
  }
  std::cout << gyre::base::DumpJson(*answer) << "\n";
  return 0;
}
