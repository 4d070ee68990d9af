#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "search/sql.h"
#include "tracking/search.h"

namespace gyre::tracking::internal {

/// Where a search looks.
struct SearchScope {
  bool all = false;                  ///< in every experiment
  std::vector<int64_t> experiments;  ///< sorted, each once
  ViewType view = ViewType::kActiveOnly;

  bool empty() const { return !all && experiments.empty(); }
  bool single() const { return !all && experiments.size() == 1; }

  /// "column = ?1", "column IN (...)": in the form that an index on the column can be used for.
  void WriteExperiments(std::string_view column, search::SqlText& sql) const;
  /// " AND column IS NULL", or nothing.
  void WriteView(std::string_view deleted_at, search::SqlText& sql) const;
};

base::Result<SearchScope> ReadScope(std::span<const std::string> experiments, ViewType view);
/// The number of an experiment's id; kInvalidArgument in MLflow's words.
base::Result<int64_t> ReadExperimentId(std::string_view id);
base::Result<void> CheckMaxResults(int64_t max_results);

/// What a page token belongs to: two searches have the same text only if they are the same.
std::string SearchIdentity(std::initializer_list<std::string_view> parts, std::span<const std::string> experiments,
                           std::span<const std::string> order_by, ViewType view);

/// Compares a column of microseconds with the milliseconds of the clause, whose value is a number: with bounds on the
/// bare column, so that an index on it is of use. Never true for NULL, nor NULL.
void WriteTimeComparison(const search::Clause& clause, std::string_view column, search::SqlText& sql);

}  // namespace gyre::tracking::internal
