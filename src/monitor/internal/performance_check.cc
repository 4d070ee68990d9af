#include "monitor/internal/performance_check.h"

#include <cmath>

#include "stats/report.h"

namespace gyre::monitor::internal {
namespace {

/// The rows in the terms of stats.
struct Judged {
  std::vector<int32_t> truth;
  std::vector<int32_t> predicted;
  std::vector<double> probability;
  bool has_probability = true;
};

std::map<std::string_view, int32_t> IndexOf(const std::vector<std::string>& classes) {
  std::map<std::string_view, int32_t> index;
  for (const auto& name : classes) index.emplace(name, static_cast<int32_t>(index.size()));
  return index;
}

/// A class that the answering version did not know has no probability in its rows: it gave it none.
void AddProbabilities(const model::Scores& scores, size_t row, Judged& judged) {
  bool any = false;
  for (size_t i = 0; i < scores.classes; ++i) {
    const double value = scores.At(row, i);
    any = any || !std::isnan(value);
    judged.probability.push_back(std::isnan(value) ? 0 : std::clamp(value, 0.0, 1.0));
  }
  judged.has_probability = judged.has_probability && any;
}

Judged Collect(const LabelledRows& rows) {
  const auto index = IndexOf(rows.classes);
  Judged judged;
  for (size_t row = 0; row < rows.size(); ++row) {
    const auto truth = index.find(rows.labels[row]);
    const auto predicted = index.find(rows.predicted_labels[row]);
    if (truth == index.end() || predicted == index.end()) continue;
    judged.truth.push_back(truth->second);
    judged.predicted.push_back(predicted->second);
    AddProbabilities(rows.probabilities, row, judged);
  }
  return judged;
}

}  // namespace

base::Result<base::Json> EvaluateRows(const LabelledRows& rows) {
  const auto judged = Collect(rows);
  const auto index = IndexOf(rows.classes);
  const auto positive = index.find(rows.positive_class);
  stats::ClassPredictions predictions{
      .classes = rows.classes.size(), .truth = judged.truth, .predicted = judged.predicted, .probability = {}};
  if (judged.has_probability) predictions.probability = judged.probability;
  const auto report = TRY(stats::EvaluateClassifier(
      predictions, positive == index.end() ? static_cast<int32_t>(rows.classes.size()) - 1 : positive->second));
  auto json = report.ToJson();
  json["classes"] = rows.classes;
  return json;
}

}  // namespace gyre::monitor::internal
