#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "stats/metrics.h"

namespace gyre::stats {

/// Every metric of one set of predictions, under the names that specs, gates and tracked runs use:
///   accuracy balanced_accuracy
///   precision recall f1                          of the positive class; with three classes or more the macro average
///   precision_macro recall_macro f1_macro precision_weighted recall_weighted f1_weighted
///   roc_auc pr_auc log_loss brier                where there are probabilities; pr_auc is average precision
///   (ranking.h)
struct ClassificationReport {
  std::map<std::string, double> metrics;  ///< NaN where a metric is not defined on these rows
  ConfusionMatrix confusion;

  /// {"accuracy": 0.9, ..., "rows": 100, "confusion_matrix": [[..], ..]} with NaN as null; rows of the matrix are
  /// truth.
  base::Json ToJson() const;
};

/// `positive` is the class that two-class metrics are about.
base::Result<ClassificationReport> EvaluateClassifier(const ClassPredictions& predictions, int32_t positive);

/// What a search maximises: a metric of the report, by its own name or by scikit-learn's name for a scorer
/// ("neg_log_loss", "neg_brier_score", "average_precision", "roc_auc_ovr"). Losses are negated under any name, so that
/// greater is always better.
struct Scoring {
  std::string name;    ///< as it was asked for
  std::string metric;  ///< of ClassificationReport
  bool loss = false;
  bool needs_probability = false;

  double Of(const ClassificationReport& report) const;
};
base::Result<Scoring> ParseScoring(std::string_view name);

}  // namespace gyre::stats
