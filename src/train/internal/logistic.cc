#include "train/internal/logistic.h"

#include <cmath>

#include "train/internal/lbfgs.h"

namespace gyre::train::internal {
namespace {

/// The penalised mean loss over weights laid out feature by feature (features x lines, then the intercepts), so that
/// the inner loops run over lines that lie together.
class Loss {
 public:
  Loss(const Rows& rows, const LogisticParams& params)
      : rows_(rows), class_weights_(ClassWeights(rows, params.balanced)), lines_(rows.classes == 2 ? 1 : rows.classes) {
    for (const int32_t label : rows.labels) total_weight_ += class_weights_[static_cast<size_t>(label)];
    penalty_ = 1 / (params.C * total_weight_);
    logits_.resize(lines_);
  }

  size_t lines() const { return lines_; }
  size_t size() const { return (rows_.features + 1) * lines_; }

  double operator()(std::span<const double> weights, std::span<double> gradient) {
    std::ranges::fill(gradient, 0.0);
    double loss = 0;
    for (size_t row = 0; row < rows_.count(); ++row) {
      const auto x = rows_.Row(row);
      Evaluate(x, weights);
      const auto label = static_cast<size_t>(rows_.labels[row]);
      const double weight = class_weights_[label] / total_weight_;
      loss += weight * (lines_ == 1 ? Sigmoid(label) : Softmax(label));
      AddGradient(x, weight, gradient);
    }
    double squares = 0;
    for (size_t i = 0; i < rows_.features * lines_; ++i) {
      squares += weights[i] * weights[i];
      gradient[i] += penalty_ * weights[i];
    }
    return loss + penalty_ / 2 * squares;
  }

 private:
  void Evaluate(std::span<const float> x, std::span<const double> weights) {
    const double* line = &weights[rows_.features * lines_];
    for (size_t k = 0; k < lines_; ++k) logits_[k] = line[k];
    for (size_t j = 0; j < x.size(); ++j) {
      const double value = static_cast<double>(x[j]);
      line = &weights[j * lines_];
      for (size_t k = 0; k < lines_; ++k) logits_[k] += value * line[k];
    }
  }

  /// Both turn logits into the loss' derivative by them and return the loss.
  double Sigmoid(size_t label) {
    const double z = label == 1 ? logits_[0] : -logits_[0];  // log-odds of the right class
    const double small = std::exp(-std::abs(z));
    const double wrong = z > 0 ? small / (1 + small) : 1 / (1 + small);
    logits_[0] = label == 1 ? -wrong : wrong;
    return std::log1p(small) + std::max(-z, 0.0);
  }
  double Softmax(size_t label) {
    const double highest = *std::ranges::max_element(logits_);
    const double right = logits_[label] - highest;
    double sum = 0;
    for (double& logit : logits_) sum += logit = std::exp(logit - highest);
    for (double& logit : logits_) logit /= sum;
    logits_[label] -= 1;
    return std::log(sum) - right;
  }

  void AddGradient(std::span<const float> x, double weight, std::span<double> gradient) {
    for (double& derivative : logits_) derivative *= weight;
    for (size_t j = 0; j < x.size(); ++j) {
      const double value = static_cast<double>(x[j]);
      double* line = &gradient[j * lines_];
      for (size_t k = 0; k < lines_; ++k) line[k] += value * logits_[k];
    }
    double* line = &gradient[rows_.features * lines_];
    for (size_t k = 0; k < lines_; ++k) line[k] += logits_[k];
  }

  const Rows& rows_;
  std::vector<double> class_weights_;
  size_t lines_;
  double total_weight_ = 0;
  double penalty_ = 0;
  std::vector<double> logits_;
};

}  // namespace

base::Result<model::LinearClassifier> FitLogistic(const Rows& rows, const LogisticParams& params,
                                                  const base::Cancellation& cancel) {
  Loss loss(rows, params);
  const auto solution =
      TRY(MinimizeLbfgs([&loss](std::span<const double> x, std::span<double> gradient) { return loss(x, gradient); },
                        std::vector<double>(loss.size(), 0.0),
                        {.gradient_tolerance = params.tol, .max_iterations = params.max_iter}, cancel));
  model::LinearClassifier linear{.features = rows.features, .weights = {}, .intercepts = {}};
  for (size_t k = 0; k < loss.lines(); ++k) {
    for (size_t j = 0; j < rows.features; ++j) {
      linear.weights.push_back(static_cast<float>(solution.x[j * loss.lines() + k]));
    }
    linear.intercepts.push_back(static_cast<float>(solution.x[rows.features * loss.lines() + k]));
  }
  return linear;
}

}  // namespace gyre::train::internal
