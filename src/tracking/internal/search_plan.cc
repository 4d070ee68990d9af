#include "tracking/internal/search_plan.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace gyre::tracking::internal {
namespace {

using search::Aggregate;
using search::Clause;
using search::Comparator;
using search::Field;
using search::SqlText;

/// What the indexes of params and tags hold of a value, in characters.
constexpr size_t kIndexedLength = 100;

/// Counting is cheaper than looking up, but not free: 0.1 us a metric, and 2 us a text, for which SQLite reads the row
/// too.
constexpr int64_t kMostMetricsCounted = 20'000;
constexpr int64_t kMostTextsCounted = 4'000;

/// The first characters of a text.
std::string_view FirstCharacters(std::string_view text, size_t count) {
  size_t end = 0;
  // SQLite's substr ends at a zero byte too.
  while (end < text.size() && text[end] != '\0') {
    const bool starts = (static_cast<unsigned char>(text[end]) & 0xc0U) != 0x80U;
    if (starts && count-- == 0) break;
    ++end;
  }
  return text.substr(0, end);
}

/// The literal beginning of a pattern, if the index of values can be asked for it.
std::string_view IndexedPrefix(const Clause& clause) {
  const auto prefix = FirstCharacters(search::LiteralPrefix(std::get<std::string>(clause.value)), kIndexedLength);
  return search::PrefixEnd(prefix).empty() ? std::string_view() : prefix;
}

bool IsText(const Clause& clause) {
  return clause.field == Field::kParam || clause.field == Field::kTag;
}

bool CanDrive(const Clause& clause) {
  if (clause.field == Field::kMetric) {
    return clause.aggregate == Aggregate::kLatest && clause.comparator != Comparator::kNotEqual;
  }
  if (!IsText(clause)) return false;
  if (clause.comparator == Comparator::kEqual) return true;
  return clause.comparator == Comparator::kLike && !IndexedPrefix(clause).empty();
}

/// The part of the condition that the index answers by itself.
void WriteIndexRange(const Clause& clause, const SearchScope& scope, SqlText& sql) {
  if (clause.field == Field::kMetric) {
    scope.WriteExperiments("d.experiment", sql);
    sql << " AND d.key = ";
    sql.Bind(std::string_view(clause.key));
    sql << " AND ";
    WriteMetricComparison(clause, "d", sql);
    return;
  }
  sql << "d.key = ";
  sql.Bind(std::string_view(clause.key));
  sql << " AND substr(d.value, 1, 100) ";
  if (clause.comparator == Comparator::kEqual) {
    sql << "= ";
    sql.Bind(FirstCharacters(std::get<std::string>(clause.value), kIndexedLength));
    return;
  }
  const auto prefix = IndexedPrefix(clause);
  sql << ">= ";
  sql.Bind(prefix);
  sql << " AND substr(d.value, 1, 100) < ";
  sql.Bind(std::string_view(search::PrefixEnd(prefix)));
}

std::string_view DriverTable(const Clause& clause) {
  if (clause.field == Field::kMetric) return "run_metrics";
  return clause.field == Field::kParam ? "run_params" : "run_tags";
}

/// How many entries of the index the clause selects, `most` if there are more.
base::Result<int64_t> CountInIndex(store::Reader& reader, const Clause& clause, const SearchScope& scope,
                                   int64_t most) {
  SqlText sql;
  sql << "SELECT COUNT(*) FROM (SELECT 1 FROM " << DriverTable(clause) << " d WHERE ";
  WriteIndexRange(clause, scope, sql);
  sql << " LIMIT ";
  sql.Bind(most);
  sql << ") AS counted";
  int64_t count = 0;
  TRY(reader.RunQuery(sql.text(), sql.values(), [&](const store::Row& row) {
    count = row.Int(0);
    return base::Ok();
  }));
  return count;
}

/// With n candidates, looking all of them up costs n; following an order until a page is full costs as many runs as
/// there are per match, that is max_results * runs / n. The first pays below the root of max_results * runs.
int64_t WorthDriving(int64_t runs, const SearchScope& scope, const RunOrder& order, int64_t max_results) {
  const bool indexed = scope.single() && (order.ByMetric() || (order.ByStart() && scope.view == ViewType::kActiveOnly));
  if (!indexed) return runs / 2;
  return static_cast<int64_t>(std::sqrt(static_cast<double>(max_results) * static_cast<double>(runs)));
}

}  // namespace

base::Result<RunPlan> PlanRuns(store::Reader& reader, const SearchScope& scope, const search::Condition& filter,
                               const RunOrder& order, int64_t max_results) {
  RunPlan plan;
  auto clauses = search::RequiredClauses(filter);
  std::erase_if(clauses, [](const Clause* clause) { return !CanDrive(*clause); });
  if (clauses.empty()) return plan;
  // Numbers have few gaps.
  const auto runs = TRY(
      reader.QueryOne("SELECT COALESCE(MAX(number), 0) FROM runs", [](const store::Row& row) { return row.Int(0); }));
  int64_t best = WorthDriving(runs.value_or(0), scope, order, max_results);
  // Equalities first: they count quickly, and bound how far the others are counted.
  std::ranges::stable_sort(clauses, {}, [](const Clause* clause) { return clause->comparator != Comparator::kEqual; });
  for (const auto* clause : clauses) {
    if (best == 0) break;
    const auto most = std::min(best, IsText(*clause) ? kMostTextsCounted : kMostMetricsCounted);
    const auto count = TRY(CountInIndex(reader, *clause, scope, most));
    if (count >= most) continue;
    best = count;
    plan.driver = clause;
  }
  return plan;
}

void WriteDriverFrom(const Clause& driver, SqlText& sql) {
  // The order of a CROSS JOIN is kept.
  sql << " FROM " << DriverTable(driver) << " d CROSS JOIN runs r";
}

void WriteDriverCondition(const Clause& driver, const SearchScope& scope, SqlText& sql) {
  WriteIndexRange(driver, scope, sql);
  sql << " AND r.number = d.run";
  if (!IsText(driver)) return;
  if (driver.comparator == Comparator::kEqual) {
    // As two bounds: SQLite would put the constant of an equality into substr(d.value, ...) and then not know the
    // index.
    const std::string_view value = std::get<std::string>(driver.value);
    sql << " AND d.value >= ";
    sql.Bind(value);
    sql << " AND d.value <= ";
    sql.Bind(value);
    return;
  }
  sql << " AND ";
  search::WriteComparison(driver, "d.value", sql);
}

}  // namespace gyre::tracking::internal
