#include "package/parity.h"

#include <cmath>

namespace gyre::package {
namespace {

using model::Scores;

double Difference(float a, float b) {
  return std::fabs(static_cast<double>(a) - static_cast<double>(b));
}

/// Fills the report's difference and where it is.
size_t FindWorst(const Scores& graph, const Scores& model, ParityReport& report) {
  size_t worst_label = 0;
  for (size_t row = 0; row < report.rows; ++row) {
    for (size_t label = 0; label < model.classes; ++label) {
      const double difference = Difference(graph.At(row, label), model.At(row, label));
      if (difference <= report.largest_difference) continue;
      report.largest_difference = difference;
      report.worst_row = row;
      worst_label = label;
    }
  }
  return worst_label;
}

}  // namespace

base::Result<ParityReport> CheckParity(const model::Executor& executor, const model::TrainedModel& model,
                                       const model::Frame& rows, double tolerance) {
  const auto expected = TRY(model::Predict(model, rows));
  const auto answers = TRY(executor.Predict(rows));
  ParityReport report{.rows = rows.rows()};
  const auto& classes = model.classes;
  if (answers.probabilities.values.size() != expected.probabilities.values.size()) {
    return base::Unprocessable("the graph does not give the model's probabilities");
  }
  const size_t worst_label = FindWorst(answers.probabilities, expected.probabilities, report);
  if (!(report.largest_difference <= tolerance)) {
    return base::Unprocessable(
        fmt::format(
            "the exported graph is not the model: on row {} the probability of {} is {} in the graph and {} in the "
            "model, more than {} apart",
            report.worst_row, classes[worst_label], answers.probabilities.At(report.worst_row, worst_label),
            expected.probabilities.At(report.worst_row, worst_label), tolerance),
        fmt::format("row {}", report.worst_row));
  }
  const bool votes = std::holds_alternative<model::SvmClassifier>(model.classifier);
  for (size_t row = 0; row < report.rows; ++row) {
    const auto of_graph = static_cast<size_t>(answers.labels[row]);
    const auto of_model = static_cast<size_t>(expected.labels[row]);
    if (of_graph == of_model) continue;
    const double gap = Difference(expected.probabilities.At(row, of_graph), expected.probabilities.At(row, of_model));
    if (votes || gap > tolerance) {
      return base::Unprocessable(
          fmt::format("the exported graph is not the model: row {} is {} in the graph and {} in the model", row,
                      classes[of_graph], classes[of_model]),
          fmt::format("row {}", row));
    }
    ++report.ties;
  }
  return report;
}

}  // namespace gyre::package
