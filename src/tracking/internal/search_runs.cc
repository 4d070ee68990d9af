#include "tracking/internal/search_runs.h"

#include <algorithm>
#include <utility>

#include "search/keyset.h"
#include "search/parse.h"
#include "search/sql.h"
#include "tracking/internal/run_loading.h"
#include "tracking/internal/search_entities.h"
#include "tracking/internal/search_plan.h"
#include "tracking/internal/search_run_sql.h"
#include "tracking/internal/search_scope.h"

namespace gyre::tracking::internal {
namespace {

using search::Clause;
using search::Comparator;
using search::Field;
using search::Keyset;
using search::SqlText;

// Ranks of a metric as a key of the order.
constexpr int64_t kNumbers = 0;
constexpr int64_t kNans = 1;
constexpr int64_t kMissing = 2;

/// One search: what was asked for, read, and the numbers of the runs found so far.
class RunFinder {
 public:
  RunFinder(store::Reader& reader, const SearchScope& scope, const search::Condition& filter, const RunOrder& order,
            int64_t max_results)
      : reader_(reader), scope_(scope), filter_(filter), order_(order), max_results_(max_results) {}

  base::Result<void> Find(const std::optional<Keyset::Position>& after);

  /// The page, without the one run more that says there is another page.
  std::span<const int64_t> Page() const {
    return std::span(found_).first(std::min(found_.size(), static_cast<size_t>(max_results_)));
  }
  /// Of the last run of the page, if there is another page.
  const Keyset::Position* Last() const { return found_.size() > static_cast<size_t>(max_results_) ? &last_ : nullptr; }

 private:
  base::Result<void> FindByMetric(const std::optional<Keyset::Position>& after);
  base::Result<void> FindPhase(int64_t rank, const std::optional<Keyset::Position>& after);
  void WritePhase(int64_t rank, SqlText& sql) const;
  base::Result<void> WriteScopeAndFilter(std::span<const Clause* const> done, SqlText& sql) const;
  base::Result<void> Run(SqlText& sql, const Keyset& keyset, const Keyset::Position& before);
  std::vector<const Clause*> ClausesOnFirstKey() const;
  bool Full() const { return found_.size() > static_cast<size_t>(max_results_); }

  store::Reader& reader_;
  const SearchScope& scope_;
  const search::Condition& filter_;
  const RunOrder& order_;
  const int64_t max_results_;
  std::vector<int64_t> found_;
  Keyset::Position last_;
};

base::Result<void> RunFinder::Find(const std::optional<Keyset::Position>& after) {
  const auto plan = TRY(PlanRuns(reader_, scope_, filter_, order_, max_results_));
  if (plan.driver == nullptr && order_.ByMetric() && scope_.single()) return FindByMetric(after);
  SqlText sql;
  sql << "SELECT r.number";
  order_.keyset().WriteSelect(sql);
  if (plan.driver != nullptr) {
    WriteDriverFrom(*plan.driver, sql);
  } else {
    sql << " FROM runs r";
  }
  order_.WriteJoins(0, sql);
  sql << " WHERE ";
  if (plan.driver != nullptr) {
    WriteDriverCondition(*plan.driver, scope_, sql);
    sql << " AND ";
  }
  TRY(WriteScopeAndFilter(std::span(&plan.driver, 1), sql));
  if (after) {
    sql << " AND ";
    order_.keyset().WriteAfter(*after, sql);
  }
  return Run(sql, order_.keyset(), {});
}

/// Runs that have the metric as a number, from its index; then those that have a NaN; then those that do not have it.
base::Result<void> RunFinder::FindByMetric(const std::optional<Keyset::Position>& after) {
  const int64_t first = after ? std::get<int64_t>(after->front()) : kNumbers;
  int64_t last = kMissing;
  for (const auto* clause : ClausesOnFirstKey()) {
    last = std::min(last, clause->comparator == Comparator::kNotEqual ? kNans : kNumbers);
  }
  for (int64_t rank = first; rank <= last && !Full(); ++rank) {
    TRY(FindPhase(rank, rank == first ? after : std::nullopt));
  }
  return base::Ok();
}

/// Clauses that every match satisfies and that compare the latest value of the first key.
std::vector<const Clause*> RunFinder::ClausesOnFirstKey() const {
  const auto& key = order_.keys().front();
  auto clauses = search::RequiredClauses(filter_);
  std::erase_if(clauses, [&](const Clause* clause) {
    return clause->field != Field::kMetric || clause->key != key.key || clause->aggregate != key.aggregate;
  });
  return clauses;
}

void RunFinder::WritePhase(int64_t rank, SqlText& sql) const {
  const std::string_view key = order_.keys().front().key;
  if (rank == kMissing) {
    sql << " FROM runs r";
    order_.WriteJoins(1, sql);
    sql << " WHERE NOT EXISTS (SELECT 1 FROM run_metrics m WHERE m.run = r.number AND m.key = ";
    sql.Bind(key);
    sql << ") AND ";
    return;
  }
  sql << " FROM run_metrics k0 CROSS JOIN runs r";
  order_.WriteJoins(1, sql);
  sql << " WHERE ";
  scope_.WriteExperiments("k0.experiment", sql);
  sql << " AND k0.key = ";
  sql.Bind(key);
  sql << " AND k0.is_nan = " << (rank == kNans ? "1" : "0") << " AND r.number = k0.run AND ";
}

base::Result<void> RunFinder::FindPhase(int64_t rank, const std::optional<Keyset::Position>& after) {
  const auto keyset = rank == kNumbers ? order_.OfNumbers() : order_.Rest();
  // The first key's rank is the phase; above 0 its value is none.
  Keyset::Position before{rank};
  if (rank != kNumbers) before.emplace_back();
  SqlText sql;
  sql << "SELECT r.number";
  keyset.WriteSelect(sql);
  WritePhase(rank, sql);
  const auto direct = ClausesOnFirstKey();
  for (const auto* clause : direct) {
    WriteMetricComparison(*clause, "k0", sql);
    sql << " AND ";
  }
  TRY(WriteScopeAndFilter(direct, sql));
  if (after) {
    sql << " AND ";
    keyset.WriteAfter({after->begin() + static_cast<std::ptrdiff_t>(before.size()), after->end()}, sql);
  }
  return Run(sql, keyset, before);
}

/// Without the clauses that are written already.
base::Result<void> RunFinder::WriteScopeAndFilter(std::span<const Clause* const> done, SqlText& sql) const {
  scope_.WriteExperiments("r.experiment", sql);
  scope_.WriteView("r.deleted_at", sql);
  sql << " AND ";
  return search::WriteCondition(
      filter_,
      [&](const Clause& clause, SqlText& text) -> base::Result<void> {
        if (std::ranges::find(done, &clause) == done.end()) return WriteRunClause(clause, text);
        text << "1=1";
        return base::Ok();
      },
      sql);
}

base::Result<void> RunFinder::Run(SqlText& sql, const Keyset& keyset, const Keyset::Position& before) {
  sql << " ORDER BY ";
  keyset.WriteOrder(sql);
  sql << " LIMIT ";
  sql.Bind(max_results_ + 1 - static_cast<int64_t>(found_.size()));
  return reader_.RunQuery(sql.text(), sql.values(), [&](const store::Row& row) {
    found_.push_back(row.Int(0));
    if (found_.size() == static_cast<size_t>(max_results_)) {
      last_ = before;
      std::ranges::move(keyset.Read(row, 1), std::back_inserter(last_));
    }
    return base::Ok();
  });
}

}  // namespace

base::Result<RunPage> FindRuns(store::Reader& reader, const RunSearch& search) {
  TRY(CheckMaxResults(search.max_results));
  const auto filter = TRY(search::ParseFilter(search.filter, kRunEntity));
  const RunOrder order(TRY(search::ParseOrderBy(search.order_by, kRunEntity)));
  const auto scope = TRY(ReadScope(search.experiments, search.view));
  const auto identity = SearchIdentity({"runs", search.filter}, search.experiments, search.order_by, search.view);
  std::optional<Keyset::Position> after;
  if (!search.page_token.empty()) after = TRY(order.keyset().Decode(search.page_token, identity));
  RunPage page;
  if (scope.empty()) return page;
  RunFinder finder(reader, scope, filter, order, search.max_results);
  TRY(finder.Find(after));
  page.runs = TRY(search.info_only ? LoadFieldsOf(reader, finder.Page()) : LoadRuns(reader, finder.Page()));
  if (const auto* last = finder.Last()) page.next = order.keyset().Encode(*last, identity);
  return page;
}

}  // namespace gyre::tracking::internal
