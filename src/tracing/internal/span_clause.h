#pragma once

#include <vector>

#include "base/result.h"
#include "search/condition.h"
#include "search/sql.h"

namespace gyre::tracing::internal {

/// Whether it is about the spans of a trace: span.X, or the attribute `text`.
bool IsSpanClause(const search::Clause& clause);

/// Writes that one span of "traces t" fits all of `clauses`. kInvalidArgument for what spans have not.
base::Result<void> WriteSpanClauses(const std::vector<const search::Clause*>& clauses, search::SqlText& sql);

}  // namespace gyre::tracing::internal
