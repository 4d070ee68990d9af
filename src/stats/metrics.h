#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace gyre::stats {

/// What a classifier said about rows whose answer is known. Classes are numbered from 0. Views: the data must outlive
/// it.
struct ClassPredictions {
  size_t classes = 0;
  std::span<const int32_t> truth;
  std::span<const int32_t> predicted;
  /// Row-major, rows x classes, in [0, 1]; empty if there are only labels.
  std::span<const double> probability;

  size_t rows() const { return truth.size(); }
};

/// Fails, naming the row, unless there are rows and two classes or more, all lengths agree, every label is a class and
/// every probability lies in [0, 1].
base::Result<void> CheckPredictions(const ClassPredictions& predictions);

/// Counts of rows by true class and predicted class. Every metric equals scikit-learn 1.9's of the same name.
struct ConfusionMatrix {
  size_t classes = 0;
  std::vector<uint64_t> counts;  ///< row-major, truth x predicted

  uint64_t At(size_t truth, size_t predicted) const { return counts[truth * classes + predicted]; }
  uint64_t Rows() const;
  uint64_t TrueCount(size_t label) const;
  uint64_t PredictedCount(size_t label) const;
};

/// Of checked predictions, as are all functions below.
ConfusionMatrix CountConfusion(const ClassPredictions& predictions);

double Accuracy(const ConfusionMatrix& matrix);
/// The mean recall over the classes that occur in the truth.
double BalancedAccuracy(const ConfusionMatrix& matrix);

/// A ratio with nothing below its line is 0 (scikit-learn's zero_division=0).
struct PrecisionRecall {
  double precision = 0;
  double recall = 0;
  double f1 = 0;
};
PrecisionRecall OfClass(const ConfusionMatrix& matrix, size_t label);
/// The plain mean over the classes that occur in the truth or among the predictions.
PrecisionRecall MacroAverage(const ConfusionMatrix& matrix);
/// The mean weighted by how often a class occurs in the truth.
PrecisionRecall WeightedAverage(const ConfusionMatrix& matrix);

/// The mean of -ln p[truth], natural logarithm, p clipped to [2^-52, 1 - 2^-52].
double LogLoss(const ClassPredictions& predictions);

/// Two classes: the mean of (p[1] - truth)^2, from 0 to 1. More: the mean over rows of the sum over classes of
/// (p[class] - truth[class])^2, from 0 to 2 (Brier's own form). As scikit-learn's scale_by_half="auto".
double BrierScore(const ClassPredictions& predictions);

}  // namespace gyre::stats
