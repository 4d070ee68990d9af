#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "search/condition.h"
#include "search/keyset.h"
#include "search/sql.h"

namespace gyre::tracing::internal {

/// Writes `filter` as a condition on "traces t". Clauses on spans that must all hold are about one span; within an OR
/// or NOT each is about a span of its own.
base::Result<void> WriteTraceFilter(const search::Condition& filter, search::SqlText& sql);

/// The order of a search: what is asked for, then newest first, then by id.
class TraceOrder {
 public:
  explicit TraceOrder(std::vector<search::OrderKey> keys);

  /// The tables that the order needs beside "traces t".
  void WriteJoins(search::SqlText& sql) const;
  const search::Keyset& keyset() const { return keyset_; }

 private:
  std::vector<search::OrderKey> keys_;
  search::Keyset keyset_;
};

}  // namespace gyre::tracing::internal
