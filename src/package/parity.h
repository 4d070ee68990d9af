#pragma once

#include <cstddef>

#include "base/result.h"
#include "model/executor.h"
#include "model/trained.h"

namespace gyre::package {

/// How far a graph's answers are from the model it was made of.
struct ParityReport {
  size_t rows = 0;
  double largest_difference = 0;  ///< of any probability
  size_t worst_row = 0;           ///< where that is
  size_t ties = 0;                ///< rows with another label, the two classes' probabilities being equal to tolerance
};

inline constexpr double kParityTolerance = 1e-5;

/// Evaluates every row both ways. kUnprocessable names the worst row if a probability differs by more than `tolerance`,
/// or the first whose label differs though the classes are not tied. The label of an SVM is a vote: no tie excuses it.
base::Result<ParityReport> CheckParity(const model::Executor& executor, const model::TrainedModel& model,
                                       const model::Frame& rows, double tolerance = kParityTolerance);

}  // namespace gyre::package
