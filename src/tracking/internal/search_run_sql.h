#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "search/condition.h"
#include "search/keyset.h"
#include "search/sql.h"

namespace gyre::tracking::internal {

/// Writes one clause on the run `r`.
base::Result<void> WriteRunClause(const search::Clause& clause, search::SqlText& sql);

/// The column of run_metrics that a clause or key compares, of the table `alias`.
std::string MetricColumn(search::Aggregate aggregate, std::string_view alias);

/// Writes "column op value" for a clause on a metric, where `alias` is the run_metrics of its run and key.
void WriteMetricComparison(const search::Clause& clause, std::string_view alias, search::SqlText& sql);

/// The order of runs: the keys asked for, then start time and id unless they are among them. Key number i that is no
/// attribute reads a table joined as k<i>.
class RunOrder {
 public:
  explicit RunOrder(std::vector<search::OrderKey> keys);

  const std::vector<search::OrderKey>& keys() const { return keys_; }
  /// The latest value of a metric comes first: its index gives runs in this order.
  bool ByMetric() const;
  /// Start time alone, the newest first.
  bool ByStart() const;

  /// Of all keys; a page token holds its positions.
  const search::Keyset& keyset() const { return keyset_; }
  /// Without the first key, for runs that are equal in it.
  search::Keyset Rest() const;
  /// The first key is a number, not NaN: it needs no rank.
  search::Keyset OfNumbers() const;

  /// " LEFT JOIN ..." for the keys from number `first` on.
  void WriteJoins(size_t first, search::SqlText& sql) const;

 private:
  std::vector<search::OrderKey> keys_;
  search::Keyset keyset_;
};

}  // namespace gyre::tracking::internal
