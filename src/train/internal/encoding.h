#pragma once

#include <vector>

#include "base/result.h"
#include "model/frame.h"
#include "model/trained.h"

namespace gyre::train::internal {

/// Encodings fitted on `frame`: numbers are filled with their median and, if `standardize`, shifted by their mean and
/// scaled by their deviation (of the population, after filling; 1 where it is 0), as sklearn's SimpleImputer and
/// StandardScaler; categories get one column each, in ascending order. Fails if a column has too many categories.
base::Result<std::vector<model::ColumnEncoding>> FitEncodings(const model::Frame& frame, bool standardize);

}  // namespace gyre::train::internal
