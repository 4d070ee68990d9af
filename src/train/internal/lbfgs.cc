#include "train/internal/lbfgs.h"

#include <cmath>
#include <limits>

namespace gyre::train::internal {
namespace {

/// A decrease this small, relative to a value of 1 or more, is noise.
constexpr double kRounding = 4 * std::numeric_limits<double>::epsilon();

double Dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double LargestMagnitude(std::span<const double> values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

/// The last steps and the changes of gradient they brought: an approximation of the inverse Hessian.
class Curvature {
 public:
  explicit Curvature(size_t memory) : memory_(memory) {}

  void Remember(std::vector<double> step, std::vector<double> change) {
    const double curvature = Dot(step, change);
    if (!(curvature > std::numeric_limits<double>::epsilon() * Dot(change, change))) return;
    if (pairs_.size() == memory_) pairs_.erase(pairs_.begin());
    pairs_.push_back({.step = std::move(step), .change = std::move(change), .inverse = 1 / curvature});
  }

  /// The two-loop recursion.
  std::vector<double> Direction(std::span<const double> gradient) const {
    std::vector<double> direction(gradient.begin(), gradient.end());
    std::vector<double> weights(pairs_.size());
    for (size_t i = pairs_.size(); i-- > 0;) {
      weights[i] = pairs_[i].inverse * Dot(pairs_[i].step, direction);
      AddScaled(direction, -weights[i], pairs_[i].change);
    }
    if (!pairs_.empty()) {
      const auto& last = pairs_.back();
      const double scale = 1 / (last.inverse * Dot(last.change, last.change));
      for (double& value : direction) value *= scale;
    }
    for (size_t i = 0; i < pairs_.size(); ++i) {
      const double weight = pairs_[i].inverse * Dot(pairs_[i].change, direction);
      AddScaled(direction, weights[i] - weight, pairs_[i].step);
    }
    for (double& value : direction) value = -value;
    return direction;
  }

  void Forget() { pairs_.clear(); }
  bool empty() const { return pairs_.empty(); }

 private:
  struct Pair {
    std::vector<double> step;
    std::vector<double> change;
    double inverse;
  };

  static void AddScaled(std::vector<double>& to, double factor, const std::vector<double>& from) {
    for (size_t i = 0; i < to.size(); ++i) to[i] += factor * from[i];
  }

  size_t memory_;
  std::vector<Pair> pairs_;
};

struct Point {
  std::vector<double> x;
  std::vector<double> gradient;
  double value = 0;
};

/// Armijo's condition, each try at the minimum of the parabola through what is known (between a tenth and a half of the
/// last try). False if rounding hides any decrease.
bool SearchLine(const Objective& objective, const Point& from, std::span<const double> direction, double slope,
                double step, Point& to) {
  for (int tries = 0; tries < 50; ++tries) {
    for (size_t i = 0; i < to.x.size(); ++i) to.x[i] = from.x[i] + step * direction[i];
    to.value = objective(to.x, to.gradient);
    if (to.value <= from.value + 1e-4 * step * slope) return true;
    const double minimum = -slope * step * step / (2 * (to.value - from.value - slope * step));
    step = std::isfinite(minimum) ? std::clamp(minimum, 0.1 * step, 0.5 * step) : 0.1 * step;
  }
  return false;
}

std::vector<double> Difference(std::span<const double> a, std::span<const double> b) {
  std::vector<double> difference(a.size());
  for (size_t i = 0; i < a.size(); ++i) difference[i] = a[i] - b[i];
  return difference;
}

}  // namespace

base::Result<LbfgsResult> MinimizeLbfgs(const Objective& objective, std::vector<double> start,
                                        const LbfgsOptions& options, const base::Cancellation& cancel) {
  Point at{.x = std::move(start), .gradient = {}, .value = 0};
  at.gradient.resize(at.x.size());
  at.value = objective(at.x, at.gradient);
  Point next = at;
  Curvature curvature(options.memory);
  LbfgsResult result;
  for (; result.iterations < options.max_iterations; ++result.iterations) {
    TRY(cancel.Check());
    result.converged = LargestMagnitude(at.gradient) <= options.gradient_tolerance;
    if (result.converged) break;
    auto direction = curvature.Direction(at.gradient);
    const double slope = Dot(direction, at.gradient);
    const double first = curvature.empty() ? std::min(1.0, 1 / std::sqrt(Dot(at.gradient, at.gradient))) : 1.0;
    if (!(slope < 0) || !SearchLine(objective, at, direction, slope, first, next)) {
      result.converged = curvature.empty();
      if (result.converged) break;
      curvature.Forget();  // once more, straight downhill
      continue;
    }
    curvature.Remember(Difference(next.x, at.x), Difference(next.gradient, at.gradient));
    std::swap(at, next);
    result.converged = next.value - at.value <= kRounding * std::max(1.0, std::abs(at.value));
    if (result.converged) break;
  }
  result.x = std::move(at.x);
  return result;
}

}  // namespace gyre::train::internal
