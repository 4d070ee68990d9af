#include "stats/report.h"

#include <cmath>

#include "base/text.h"
#include "stats/ranking.h"

namespace gyre::stats {
namespace {

void Put(std::map<std::string, double>& metrics, const std::string& suffix, const PrecisionRecall& values) {
  metrics["precision" + suffix] = values.precision;
  metrics["recall" + suffix] = values.recall;
  metrics["f1" + suffix] = values.f1;
}

struct MetricTraits {
  bool loss = false;
  bool needs_probability = false;
};

const std::map<std::string, MetricTraits, std::less<>>& KnownMetrics() {
  static const std::map<std::string, MetricTraits, std::less<>> known = {
      {"accuracy", {}},
      {"balanced_accuracy", {}},
      {"precision", {}},
      {"recall", {}},
      {"f1", {}},
      {"precision_macro", {}},
      {"recall_macro", {}},
      {"f1_macro", {}},
      {"precision_weighted", {}},
      {"recall_weighted", {}},
      {"f1_weighted", {}},
      {"roc_auc", {.needs_probability = true}},
      {"pr_auc", {.needs_probability = true}},
      {"log_loss", {.loss = true, .needs_probability = true}},
      {"brier", {.loss = true, .needs_probability = true}},
  };
  return known;
}

std::string_view WithoutAlias(std::string_view name) {
  if (name == "average_precision") return "pr_auc";
  if (name == "roc_auc_ovr") return "roc_auc";
  if (name == "neg_log_loss") return "log_loss";
  if (name == "neg_brier_score" || name == "neg_brier") return "brier";
  return name;
}

}  // namespace

base::Json ClassificationReport::ToJson() const {
  auto json = base::Json::object();
  for (const auto& [name, value] : metrics) json[name] = std::isfinite(value) ? base::Json(value) : base::Json();
  json["rows"] = confusion.Rows();
  auto& rows = json["confusion_matrix"] = base::Json::array();
  for (size_t truth = 0; truth < confusion.classes; ++truth) {
    auto& row = rows.emplace_back(base::Json::array());
    for (size_t predicted = 0; predicted < confusion.classes; ++predicted)
      row.push_back(confusion.At(truth, predicted));
  }
  return json;
}

base::Result<ClassificationReport> EvaluateClassifier(const ClassPredictions& predictions, int32_t positive) {
  TRY(CheckPredictions(predictions));
  if (positive < 0 || static_cast<size_t>(positive) >= predictions.classes) {
    return base::InvalidArgument(
        fmt::format("the positive class {} is not one of the {} classes", positive, predictions.classes));
  }
  ClassificationReport report{.metrics = {}, .confusion = CountConfusion(predictions)};
  auto& metrics = report.metrics;
  const auto& confusion = report.confusion;
  metrics["accuracy"] = Accuracy(confusion);
  metrics["balanced_accuracy"] = BalancedAccuracy(confusion);
  const auto macro = MacroAverage(confusion);
  Put(metrics, "", predictions.classes == 2 ? OfClass(confusion, static_cast<size_t>(positive)) : macro);
  Put(metrics, "_macro", macro);
  Put(metrics, "_weighted", WeightedAverage(confusion));
  if (!predictions.probability.empty()) {
    metrics["roc_auc"] = RocAuc(predictions, positive);
    metrics["pr_auc"] = AveragePrecision(predictions, positive);
    metrics["log_loss"] = LogLoss(predictions);
    metrics["brier"] = BrierScore(predictions);
  }
  return report;
}

double Scoring::Of(const ClassificationReport& report) const {
  const auto found = report.metrics.find(metric);
  if (found == report.metrics.end()) return std::numeric_limits<double>::quiet_NaN();
  return loss ? -found->second : found->second;
}

base::Result<Scoring> ParseScoring(std::string_view name) {
  const auto& known = KnownMetrics();
  const auto found = known.find(WithoutAlias(name));
  if (found != known.end()) {
    return Scoring{.name = std::string(name),
                   .metric = found->first,
                   .loss = found->second.loss,
                   .needs_probability = found->second.needs_probability};
  }
  std::vector<std::string> names = {"average_precision", "roc_auc_ovr", "neg_log_loss", "neg_brier_score"};
  for (const auto& [metric, traits] : known) names.push_back(metric);
  const auto meant = base::ClosestMatch(name, names);
  const auto hint = meant ? fmt::format("did you mean '{}'?", *meant) : "take one of " + base::Join(names, ", ");
  return base::InvalidArgument(fmt::format("scoring '{}' is not known; {}", name, hint), "scoring");
}

}  // namespace gyre::stats
