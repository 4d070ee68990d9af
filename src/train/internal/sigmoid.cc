#include "train/internal/sigmoid.h"

#include <cmath>

namespace gyre::train::internal {
namespace {

/// The cross-entropy of the sigmoid against smoothed targets, and its derivatives.
class Fit {
 public:
  Fit(std::span<const double> decisions, std::span<const bool> positive)
      : decisions_(decisions), targets_(positive.size()) {
    const auto positives = static_cast<double>(std::ranges::count(positive, true));
    const double negatives = static_cast<double>(positive.size()) - positives;
    const double high = (positives + 1) / (positives + 2);
    const double low = 1 / (negatives + 2);
    for (size_t i = 0; i < positive.size(); ++i) targets_[i] = positive[i] ? high : low;
    start_ = {.a = 0, .b = std::log((negatives + 1) / (positives + 1))};
  }

  Sigmoid start() const { return start_; }

  double Loss(const Sigmoid& at) const {
    double loss = 0;
    for (size_t i = 0; i < targets_.size(); ++i) {
      const double t = at.a * decisions_[i] + at.b;
      loss += t >= 0 ? targets_[i] * t + std::log1p(std::exp(-t)) : (targets_[i] - 1) * t + std::log1p(std::exp(t));
    }
    return loss;
  }

  struct Slopes {
    double aa = 1e-12, bb = 1e-12, ab = 0;  ///< the ridge keeps the Hessian positive definite
    double a = 0, b = 0;
  };
  Slopes Derivatives(const Sigmoid& at) const {
    Slopes slopes;
    for (size_t i = 0; i < targets_.size(); ++i) {
      const double t = at.a * decisions_[i] + at.b;
      const double small = std::exp(-std::abs(t));
      const double p = (t >= 0 ? small : 1) / (1 + small);
      const double curvature = p * (1 - p);
      slopes.aa += decisions_[i] * decisions_[i] * curvature;
      slopes.ab += decisions_[i] * curvature;
      slopes.bb += curvature;
      slopes.a += decisions_[i] * (targets_[i] - p);
      slopes.b += targets_[i] - p;
    }
    return slopes;
  }

 private:
  std::span<const double> decisions_;
  std::vector<double> targets_;
  Sigmoid start_;
};

}  // namespace

Sigmoid FitSigmoid(std::span<const double> decisions, std::span<const bool> positive) {
  const Fit fit(decisions, positive);
  Sigmoid at = fit.start();
  double loss = fit.Loss(at);
  for (int iteration = 0; iteration < 100; ++iteration) {
    const auto slopes = fit.Derivatives(at);
    if (std::abs(slopes.a) < 1e-5 && std::abs(slopes.b) < 1e-5) break;
    const double determinant = slopes.aa * slopes.bb - slopes.ab * slopes.ab;
    const double da = -(slopes.bb * slopes.a - slopes.ab * slopes.b) / determinant;
    const double db = -(slopes.aa * slopes.b - slopes.ab * slopes.a) / determinant;
    const double slope = slopes.a * da + slopes.b * db;
    double step = 1;
    for (; step >= 1e-10; step /= 2) {
      const Sigmoid next{.a = at.a + step * da, .b = at.b + step * db};
      const double next_loss = fit.Loss(next);
      if (next_loss >= loss + 1e-4 * step * slope) continue;
      at = next;
      loss = next_loss;
      break;
    }
    if (step < 1e-10) break;
  }
  return at;
}

}  // namespace gyre::train::internal
