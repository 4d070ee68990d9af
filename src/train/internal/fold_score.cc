#include "train/internal/fold_score.h"

namespace gyre::train::internal {
namespace {

/// Keeps the classes that occur, renumbered.
Dataset OnlyKnownClasses(Dataset dataset, const std::vector<int32_t>& known) {
  std::map<int32_t, int32_t> renumbered;
  std::vector<std::string> classes;
  for (const int32_t label : known) {
    renumbered.emplace(label, static_cast<int32_t>(classes.size()));
    classes.push_back(dataset.classes[static_cast<size_t>(label)]);
  }
  for (int32_t& label : dataset.labels) label = renumbered.at(label);
  dataset.classes = std::move(classes);
  return dataset;
}

}  // namespace

base::Result<FoldScorer> FoldScorer::Make(const Dataset& dataset, const Fold& fold, const AlgorithmParams& params,
                                          const stats::Scoring& scoring, int32_t positive) {
  FoldScorer scorer;
  scorer.scoring_ = scoring;
  scorer.positive_ = positive;
  scorer.classes_ = dataset.classes.size();
  auto training = dataset.Take(fold.train);
  const std::set<int32_t> known(training.labels.begin(), training.labels.end());
  scorer.known_.assign(known.begin(), known.end());
  if (known.size() < 2) {
    return base::Unprocessable("its training rows are all of one class; use fewer folds, or another kind of folds",
                               "folds");
  }
  scorer.training_ = TRY(Prepare(OnlyKnownClasses(std::move(training), scorer.known_), params));
  const auto held_out = dataset.Take(fold.score);
  scorer.held_out_ = TRY(model::Encode(scorer.training_.encodings, held_out.features));
  scorer.truth_ = held_out.labels;
  return scorer;
}

base::Result<double> FoldScorer::Score(const AlgorithmParams& params, const FitOptions& options) const {
  const auto model = TRY(FitPrepared(training_, params, options));
  const auto predictions = model::PredictEncoded(model, held_out_);
  std::vector<int32_t> predicted;
  for (const int32_t label : predictions.labels) predicted.push_back(known_[static_cast<size_t>(label)]);
  std::vector<double> probability(predictions.probabilities.values.empty() ? 0 : truth_.size() * classes_, 0.0);
  for (size_t i = 0; i < predictions.probabilities.values.size(); ++i) {
    const auto label = static_cast<size_t>(known_[i % known_.size()]);
    probability[i / known_.size() * classes_ + label] = static_cast<double>(predictions.probabilities.values[i]);
  }
  const auto report = TRY(stats::EvaluateClassifier(
      {.classes = classes_, .truth = truth_, .predicted = predicted, .probability = probability}, positive_));
  return scoring_.Of(report);
}

}  // namespace gyre::train::internal
