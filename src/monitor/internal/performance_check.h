#pragma once

#include "base/json.h"
#include "base/result.h"
#include "monitor/labels.h"

namespace gyre::monitor::internal {

/// Every metric of stats/report.h over labelled rows, as answered: {"accuracy", ..., "rows", "confusion_matrix",
/// "classes"}. Metrics of probabilities are there only if every row has them.
base::Result<base::Json> EvaluateRows(const LabelledRows& rows);

}  // namespace gyre::monitor::internal
