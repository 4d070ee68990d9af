#include "stats/metrics.h"

#include <cmath>
#include <limits>

namespace gyre::stats {
namespace {

double Ratio(double above, double below) {
  return below == 0 ? 0 : above / below;
}

base::Result<void> CheckLabels(std::span<const int32_t> labels, size_t classes, std::string_view what) {
  for (size_t row = 0; row < labels.size(); ++row) {
    if (labels[row] >= 0 && static_cast<size_t>(labels[row]) < classes) continue;
    return base::InvalidArgument(
        fmt::format("row {}: {} label {} is not one of the {} classes", row, what, labels[row], classes));
  }
  return base::Ok();
}

}  // namespace

base::Result<void> CheckPredictions(const ClassPredictions& predictions) {
  const auto& [classes, truth, predicted, probability] = predictions;
  if (classes < 2) return base::InvalidArgument(fmt::format("a classifier has two classes or more, not {}", classes));
  if (truth.empty()) return base::InvalidArgument("there are no rows to score");
  if (predicted.size() != truth.size()) {
    return base::InvalidArgument(fmt::format("{} predictions for {} rows", predicted.size(), truth.size()));
  }
  if (!probability.empty() && probability.size() != truth.size() * classes) {
    return base::InvalidArgument(
        fmt::format("{} probabilities for {} rows of {} classes", probability.size(), truth.size(), classes));
  }
  TRY(CheckLabels(truth, classes, "true"));
  TRY(CheckLabels(predicted, classes, "predicted"));
  for (size_t i = 0; i < probability.size(); ++i) {
    if (probability[i] >= 0 && probability[i] <= 1) continue;
    return base::InvalidArgument(fmt::format("row {}: the probability of class {} is {}, not between 0 and 1",
                                             i / classes, i % classes, probability[i]));
  }
  return base::Ok();
}

uint64_t ConfusionMatrix::Rows() const {
  uint64_t rows = 0;
  for (const auto count : counts) rows += count;
  return rows;
}

uint64_t ConfusionMatrix::TrueCount(size_t label) const {
  uint64_t rows = 0;
  for (size_t predicted = 0; predicted < classes; ++predicted) rows += At(label, predicted);
  return rows;
}

uint64_t ConfusionMatrix::PredictedCount(size_t label) const {
  uint64_t rows = 0;
  for (size_t truth = 0; truth < classes; ++truth) rows += At(truth, label);
  return rows;
}

ConfusionMatrix CountConfusion(const ClassPredictions& predictions) {
  ConfusionMatrix matrix{.classes = predictions.classes, .counts = {}};
  matrix.counts.resize(matrix.classes * matrix.classes);
  for (size_t row = 0; row < predictions.rows(); ++row) {
    ++matrix.counts[static_cast<size_t>(predictions.truth[row]) * matrix.classes +
                    static_cast<size_t>(predictions.predicted[row])];
  }
  return matrix;
}

double Accuracy(const ConfusionMatrix& matrix) {
  uint64_t right = 0;
  for (size_t label = 0; label < matrix.classes; ++label) right += matrix.At(label, label);
  return static_cast<double>(right) / static_cast<double>(matrix.Rows());
}

double BalancedAccuracy(const ConfusionMatrix& matrix) {
  double sum = 0;
  int present = 0;
  for (size_t label = 0; label < matrix.classes; ++label) {
    const auto rows = matrix.TrueCount(label);
    if (rows == 0) continue;
    ++present;
    sum += static_cast<double>(matrix.At(label, label)) / static_cast<double>(rows);
  }
  return sum / present;
}

PrecisionRecall OfClass(const ConfusionMatrix& matrix, size_t label) {
  const auto right = static_cast<double>(matrix.At(label, label));
  const auto claimed = static_cast<double>(matrix.PredictedCount(label));
  const auto real = static_cast<double>(matrix.TrueCount(label));
  return {.precision = Ratio(right, claimed), .recall = Ratio(right, real), .f1 = Ratio(2 * right, claimed + real)};
}

PrecisionRecall MacroAverage(const ConfusionMatrix& matrix) {
  PrecisionRecall sum;
  double present = 0;
  for (size_t label = 0; label < matrix.classes; ++label) {
    if (matrix.TrueCount(label) + matrix.PredictedCount(label) == 0) continue;
    const auto one = OfClass(matrix, label);
    ++present;
    sum.precision += one.precision;
    sum.recall += one.recall;
    sum.f1 += one.f1;
  }
  return {.precision = sum.precision / present, .recall = sum.recall / present, .f1 = sum.f1 / present};
}

PrecisionRecall WeightedAverage(const ConfusionMatrix& matrix) {
  PrecisionRecall sum;
  const auto rows = static_cast<double>(matrix.Rows());
  for (size_t label = 0; label < matrix.classes; ++label) {
    const auto weight = static_cast<double>(matrix.TrueCount(label)) / rows;
    const auto one = OfClass(matrix, label);
    sum.precision += weight * one.precision;
    sum.recall += weight * one.recall;
    sum.f1 += weight * one.f1;
  }
  return sum;
}

double LogLoss(const ClassPredictions& predictions) {
  constexpr double kClip = std::numeric_limits<double>::epsilon();
  double sum = 0;
  for (size_t row = 0; row < predictions.rows(); ++row) {
    const double p = predictions.probability[row * predictions.classes + static_cast<size_t>(predictions.truth[row])];
    sum -= std::log(std::clamp(p, kClip, 1 - kClip));
  }
  return sum / static_cast<double>(predictions.rows());
}

double BrierScore(const ClassPredictions& predictions) {
  double sum = 0;
  for (size_t row = 0; row < predictions.rows(); ++row) {
    const auto* p = &predictions.probability[row * predictions.classes];
    for (size_t label = 0; label < predictions.classes; ++label) {
      const double difference = p[label] - (predictions.truth[row] == static_cast<int32_t>(label) ? 1 : 0);
      sum += difference * difference;
    }
  }
  return sum / static_cast<double>(predictions.rows()) / (predictions.classes == 2 ? 2 : 1);
}

}  // namespace gyre::stats
