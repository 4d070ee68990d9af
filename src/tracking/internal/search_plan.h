#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "search/condition.h"
#include "search/sql.h"
#include "store/database.h"
#include "tracking/internal/search_run_sql.h"
#include "tracking/internal/search_scope.h"

namespace gyre::tracking::internal {

/// How runs are found.
struct RunPlan {
  /// A clause that few runs match: an index gives those, the rest is looked up, sorted and cut. Without one, runs come
  /// in the order of the start or of a metric from an index where that is the order asked for, else all are sorted.
  const search::Clause* driver = nullptr;
};

/// Chooses by counting in the indexes, each time up to where it would not pay any more.
base::Result<RunPlan> PlanRuns(store::Reader& reader, const SearchScope& scope, const search::Condition& filter,
                               const RunOrder& order, int64_t max_results);

/// Writes "FROM ... runs r" so that the clause's index comes first, with its table as `d`.
void WriteDriverFrom(const search::Clause& driver, search::SqlText& sql);
/// Writes what `d` must satisfy; it takes the place of the clause.
void WriteDriverCondition(const search::Clause& driver, const SearchScope& scope, search::SqlText& sql);

}  // namespace gyre::tracking::internal
