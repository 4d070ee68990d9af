#include "train/search.h"

#include <cmath>

#include "stats/random.h"
#include "train/internal/fold_score.h"
#include "train/internal/parallel.h"
#include "train/internal/prepared.h"

namespace gyre::train {
namespace {

using internal::FoldScorer;

/// Streams of the study's seed beyond any trial number.
constexpr uint64_t kFoldStream = 1ULL << 62;
/// Stream of a trial's seed for the training on all rows; fold f has stream f.
constexpr uint64_t kRefitStream = 1ULL << 62;

base::Result<int32_t> PositiveClass(const Dataset& dataset, const TrainSpec& spec) {
  if (!spec.positive_class) return static_cast<int32_t>(dataset.classes.size()) - 1;
  const auto found = std::ranges::find(dataset.classes, *spec.positive_class);
  if (found == dataset.classes.end()) {
    return base::InvalidArgument(
        fmt::format("positive_class '{}' is none of the classes in the data", *spec.positive_class), "positive_class");
  }
  return static_cast<int32_t>(found - dataset.classes.begin());
}

struct FoldOutcome {
  double score = 0;
  double seconds = 0;
};

Trial Summarize(const TrainSpec& spec, size_t number, const AlgorithmParams& params,
                std::span<const FoldOutcome> folds) {
  Trial trial{.number = number, .seed = spec.TrialSeed(number), .params = ParamsToJson(params), .fold_scores = {}};
  const auto n = static_cast<double>(folds.size());
  for (const auto& fold : folds) {
    trial.fold_scores.push_back(fold.score);
    trial.mean += fold.score / n;
    trial.seconds += fold.seconds;
  }
  double variance = 0;
  for (const auto& fold : folds) variance += (fold.score - trial.mean) * (fold.score - trial.mean) / n;
  trial.std = std::sqrt(variance);
  return trial;
}

base::Result<size_t> BestOf(const std::vector<Trial>& trials, const TrainSpec& spec) {
  std::optional<size_t> best;
  for (const auto& trial : trials) {
    if (!std::isnan(trial.mean) && (!best || trial.mean > trials[*best].mean)) best = trial.number;
  }
  if (best) return *best;
  return base::Unprocessable(
      fmt::format("{} is not defined on any trial's folds: each needs rows of every class", spec.scoring.name),
      "scoring");
}

base::Result<std::vector<AlgorithmParams>> AllParams(const TrainSpec& spec) {
  std::vector<AlgorithmParams> params;
  for (size_t trial = 0; trial < spec.TrialCount(); ++trial) {
    params.push_back(TRY(ParseParams(spec.algorithm, spec.TrialParams(trial), "params")));
  }
  return params;
}

}  // namespace

base::Result<SearchResult> RunSearch(const Dataset& dataset, const TrainSpec& spec, const base::Clock& clock,
                                     TrialSink& sink, const SearchOptions& options) {
  TRY(dataset.Check());
  const auto positive = TRY(PositiveClass(dataset, spec));
  const auto params = TRY(AllParams(spec));
  const auto folds =
      TRY(MakeFolds(spec.folds, dataset.labels, stats::StreamSeed(spec.seed, kFoldStream), options.given_folds));

  std::vector<FoldScorer> scorers(folds.size());
  TRY(internal::ParallelFor(folds.size(), options.threads, options.cancel, [&](size_t fold) -> base::Result<void> {
    auto scorer = FoldScorer::Make(dataset, folds[fold], params.front(), spec.scoring, positive);
    if (!scorer) return scorer.error().Within(fmt::format("fold {}", fold));
    scorers[fold] = std::move(*scorer);
    return base::Ok();
  }));

  SearchResult result;
  std::vector<FoldOutcome> outcomes(params.size() * folds.size());
  const auto score_fold = [&](size_t task) -> base::Result<void> {
    const size_t trial = task / folds.size();
    const size_t fold = task % folds.size();
    const auto start = clock.Monotonic();
    const FitOptions fit{.seed = stats::StreamSeed(spec.TrialSeed(trial), fold),
                         .threads = 1,
                         .probabilities = spec.scoring.needs_probability,
                         .cancel = options.cancel};
    outcomes[task].score = TRY(scorers[fold].Score(params[trial], fit));
    outcomes[task].seconds = std::chrono::duration<double>(clock.Monotonic() - start).count();
    return base::Ok();
  };
  const auto report_trial = [&](size_t task) -> base::Result<void> {
    if (task % folds.size() + 1 < folds.size()) return base::Ok();
    const size_t number = task / folds.size();
    const auto of_trial = std::span(outcomes).subspan(number * folds.size(), folds.size());
    result.trials.push_back(Summarize(spec, number, params[number], of_trial));
    return sink.OnTrial(result.trials.back());
  };
  TRY(internal::RunInOrder(outcomes.size(), options.threads, options.cancel, score_fold, report_trial));

  result.best = TRY(BestOf(result.trials, spec));
  scorers.clear();
  result.model = TRY(Fit(dataset, params[result.best],
                         {.seed = stats::StreamSeed(spec.TrialSeed(result.best), kRefitStream),
                          .threads = options.threads,
                          .probabilities = true,
                          .cancel = options.cancel}));
  return result;
}

}  // namespace gyre::train
