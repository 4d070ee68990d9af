#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"

namespace gyre::train::internal {

/// A smooth function: fills `gradient` at `x` and returns its value.
using Objective = std::function<double(std::span<const double> x, std::span<double> gradient)>;

struct LbfgsOptions {
  double gradient_tolerance = 1e-4;  ///< stop once no component is larger
  int max_iterations = 1000;
  size_t memory = 10;
};

struct LbfgsResult {
  std::vector<double> x;
  int iterations = 0;
  bool converged = false;  ///< by the gradient, or because rounding leaves nothing to gain
};

/// Minimises a convex function by L-BFGS (Nocedal and Wright, "Numerical Optimization", 2006, algorithms 7.4 and 7.5)
/// with a backtracking line search. Deterministic.
base::Result<LbfgsResult> MinimizeLbfgs(const Objective& objective, std::vector<double> start,
                                        const LbfgsOptions& options, const base::Cancellation& cancel);

}  // namespace gyre::train::internal
