#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"

namespace gyre::release::internal {

/// What one answer costs once the truth is known.
enum class Loss {
  kBrier,    ///< two classes: (p - truth)^2; more: summed over the classes, at most 2 (as stats::BrierScore)
  kLogLoss,  ///< -ln p of the true class, at most kLargestLogLoss
  kError,    ///< 1 if another class has the highest probability
};

base::Result<Loss> ParseLoss(std::string_view name);

/// Probabilities under 1e-4 count as that: an always-valid statement needs a bound, and one row should not outweigh a
/// hundred.
inline constexpr double kSmallestProbability = 1e-4;

/// The largest loss of a row among `classes` classes.
double LargestLoss(Loss loss, size_t classes);

/// A class whose probability is NaN is one that the version does not know; nothing if it knows none.
std::optional<double> LossOf(Loss loss, std::span<const float> probabilities, size_t truth);

}  // namespace gyre::release::internal
