#pragma once

#include <span>

namespace gyre::train::internal {

struct Sigmoid {
  double a = 0;
  double b = 0;
};

/// Platt's sigmoid P(positive | decision) = 1 / (1 + exp(a decision + b)), fitted by Newton's method as Lin, Lin and
/// Weng, "A note on Platt's probabilistic outputs for support vector machines" (2007). Decisions should be of rows that
/// the classifier was not trained on.
Sigmoid FitSigmoid(std::span<const double> decisions, std::span<const bool> positive);

}  // namespace gyre::train::internal
