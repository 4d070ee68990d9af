#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "stats/metrics.h"

namespace gyre::stats {

/// One point of a ranking: how many rows of either kind score at or above `threshold`.
struct RankingPoint {
  double threshold = 0;
  uint64_t true_positives = 0;
  uint64_t false_positives = 0;
};

/// Thresholds in descending order, one point per distinct score: equal scores are never told apart.
std::vector<RankingPoint> RankByScore(std::span<const int32_t> truth, int32_t positive, std::span<const double> score);

/// Area under the ROC curve by trapezoids: the chance that a positive row scores above a negative one, ties counting
/// half. NaN unless rows of both kinds are there.
double RocAuc(const std::vector<RankingPoint>& ranking);

/// Area under the precision-recall curve as scikit-learn's average_precision_score has it: the sum over thresholds of
/// (recall - previous recall) x precision, without interpolation. 0 if no row is positive.
double AveragePrecision(const std::vector<RankingPoint>& ranking);

/// Area under the precision-recall curve by trapezoids, from precision 1 at recall 0, as
/// sklearn.metrics.auc(recall, precision) has it. Flatters a ranking with few thresholds; `AveragePrecision` is what is
/// called pr_auc here.
double PrecisionRecallTrapezoid(const std::vector<RankingPoint>& ranking);

/// Two classes: of class `positive` by its probability. More: the plain mean over classes, each against the rest; NaN
/// if it is for one of them (roc_auc), as scikit-learn's multi_class="ovr", average="macro".
double RocAuc(const ClassPredictions& predictions, int32_t positive);
double AveragePrecision(const ClassPredictions& predictions, int32_t positive);

}  // namespace gyre::stats
