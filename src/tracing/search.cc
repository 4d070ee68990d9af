#include <algorithm>

#include "base/json.h"
#include "search/parse.h"
#include "tracing/internal/search_entity.h"
#include "tracing/internal/search_sql.h"
#include "tracing/internal/trace_rows.h"
#include "tracing/traces.h"

namespace gyre::tracing {
namespace {

constexpr size_t kMostExperiments = 10'000;

base::Result<void> Check(const TraceSearch& search) {
  if (search.max_results < 1 || search.max_results > TraceLimits::kPage) {
    return base::InvalidArgument(
        fmt::format("Invalid value {} for parameter 'max_results' supplied: it must be 1 to {}", search.max_results,
                    TraceLimits::kPage),
        "max_results");
  }
  if (search.experiments.size() <= kMostExperiments) return base::Ok();
  return base::InvalidArgument(
      fmt::format("locations has {} experiments; at most {} are allowed", search.experiments.size(), kMostExperiments),
      "locations");
}

/// What a page token is bound to.
std::string QueryText(const TraceSearch& search) {
  auto experiments = search.experiments;
  std::ranges::sort(experiments);
  return base::DumpJson({experiments, search.filter, search.order_by});
}

void WriteExperiments(const std::vector<std::string>& experiments, search::SqlText& sql) {
  // One experiment is compared with =, so that the index by start gives the default order.
  if (experiments.size() == 1) {
    sql << "t.experiment = ";
    sql.Bind(experiments.front());
    return;
  }
  sql << "t.experiment IN (";
  for (size_t i = 0; i < experiments.size(); ++i) {
    if (i > 0) sql << ",";
    sql.Bind(experiments[i]);
  }
  sql << ")";
}

}  // namespace

base::Result<TracePage> Traces::Search(const TraceSearch& search) {
  TRY(Check(search));
  const auto filter = TRY(search::ParseFilter(search.filter, internal::kTraceEntity));
  const internal::TraceOrder order(TRY(search::ParseOrderBy(search.order_by, internal::kTraceEntity)));
  if (search.experiments.empty()) return TracePage{};
  const auto query = QueryText(search);

  search::SqlText sql;
  sql << "SELECT " << internal::kTraceColumns;
  order.keyset().WriteSelect(sql);
  sql << " FROM traces t";
  order.WriteJoins(sql);
  sql << " WHERE ";
  WriteExperiments(search.experiments, sql);
  sql << " AND ";
  TRY(internal::WriteTraceFilter(filter, sql));
  if (!search.page_token.empty()) {
    const auto after = TRY(order.keyset().Decode(search.page_token, query));
    sql << " AND ";
    order.keyset().WriteAfter(after, sql);
  }
  sql << " ORDER BY ";
  order.keyset().WriteOrder(sql);
  sql << " LIMIT ";
  sql.Bind(search.max_results + 1);

  return database_.Read([&](store::Reader& reader) -> base::Result<TracePage> {
    std::vector<internal::TraceRow> rows;
    search::Keyset::Position last;
    bool more = false;
    TRY(reader.RunQuery(sql.text(), sql.values(), [&](const store::Row& row) -> base::Result<void> {
      more = rows.size() == static_cast<size_t>(search.max_results);
      if (more) return base::Ok();
      rows.push_back(TRY(internal::ReadRow(row)));
      last = order.keyset().Read(row, internal::kTraceColumnCount);
      return base::Ok();
    }));
    TracePage page;
    page.traces = TRY(internal::CompleteInfos(reader, std::move(rows)));
    if (more) page.next_page_token = order.keyset().Encode(last, query);
    return page;
  });
}

}  // namespace gyre::tracing
