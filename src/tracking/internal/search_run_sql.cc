#include "tracking/internal/search_run_sql.h"

#include <algorithm>
#include <utility>

#include "tracking/inputs.h"
#include "tracking/internal/search_scope.h"

namespace gyre::tracking::internal {
namespace {

using search::Aggregate;
using search::Clause;
using search::Comparator;
using search::Field;
using search::OrderKey;
using search::SortColumn;
using search::SqlText;

std::string_view AttributeColumn(std::string_view name) {
  if (name == "run_id") return "r.id";
  if (name == "run_name") return "r.name";
  if (name == "status") return "r.status";
  if (name == "artifact_uri") return "r.artifact_uri";
  if (name == "user_id") return "r.user_id";
  return name == "start_time" ? "r.started_at" : "r.ended_at";
}

bool IsTime(std::string_view name) {
  return name == "start_time" || name == "end_time";
}

std::string_view TextTable(Field field) {
  return field == Field::kParam ? "run_params" : "run_tags";
}

/// Params and tags.
void WriteKeyedText(const Clause& clause, SqlText& sql) {
  if (clause.comparator == Comparator::kIsNull) sql << "NOT ";
  sql << "EXISTS (SELECT 1 FROM " << TextTable(clause.field) << " t WHERE t.run = r.number AND t.key = ";
  sql.Bind(std::string_view(clause.key));
  if (clause.comparator != Comparator::kIsNull && clause.comparator != Comparator::kIsNotNull) {
    sql << " AND ";
    search::WriteComparison(clause, "t.value", sql);
  }
  sql << ")";
}

void WriteMetric(const Clause& clause, SqlText& sql) {
  sql << "EXISTS (SELECT 1 FROM run_metrics m WHERE m.run = r.number AND m.key = ";
  sql.Bind(std::string_view(clause.key));
  sql << " AND ";
  WriteMetricComparison(clause, "m", sql);
  sql << ")";
}

void WriteDataset(const Clause& clause, SqlText& sql) {
  sql << "EXISTS (SELECT 1 FROM run_datasets i";
  if (clause.key == "context") {
    sql << " JOIN run_dataset_tags t ON t.run = i.run AND t.dataset = i.dataset AND t.key = ";
    sql.Bind(std::string_view(kDatasetContextTag));
    sql << " WHERE i.run = r.number AND ";
    search::WriteComparison(clause, "t.value", sql);
  } else {
    sql << " JOIN logged_datasets s ON s.number = i.dataset WHERE i.run = r.number AND ";
    search::WriteComparison(clause, clause.key == "name" ? "s.name" : "s.digest", sql);
  }
  sql << ")";
}

SortColumn ColumnOf(const OrderKey& key, size_t number) {
  SortColumn column;
  column.descending = key.descending;
  const auto table = fmt::format("k{}", number);
  switch (key.field) {
    case Field::kMetric:
      column.type = SortColumn::Type::kReal;
      column.value = MetricColumn(key.aggregate, table);
      column.rank = fmt::format("CASE WHEN {0}.key IS NULL THEN 2 WHEN {1} THEN 1 ELSE 0 END", table,
                                key.aggregate == Aggregate::kLatest ? fmt::format("{}.is_nan = 1", table)
                                                                    : fmt::format("{} IS NULL", column.value));
      return column;
    case Field::kAttribute:
      column.value = AttributeColumn(key.key);
      column.type = IsTime(key.key) ? SortColumn::Type::kInteger : SortColumn::Type::kText;
      if (key.key == "end_time") column.rank = search::NullRank(column.value);
      return column;
    default:
      column.type = SortColumn::Type::kText;
      column.value = fmt::format("{}.value", table);
      column.rank = search::NullRank(column.value);
      return column;
  }
}

bool Has(const std::vector<OrderKey>& keys, std::string_view attribute) {
  return std::ranges::any_of(
      keys, [&](const OrderKey& key) { return key.field == Field::kAttribute && key.key == attribute; });
}

std::vector<OrderKey> WithTail(std::vector<OrderKey> keys) {
  // Behind the id nothing can matter.
  if (Has(keys, "run_id")) return keys;
  if (!Has(keys, "start_time")) keys.push_back({Field::kAttribute, "start_time", Aggregate::kLatest, true});
  keys.push_back({Field::kAttribute, "run_id", Aggregate::kLatest, false});
  return keys;
}

search::Keyset MakeKeyset(const std::vector<OrderKey>& keys) {
  std::vector<SortColumn> columns;
  for (size_t i = 0; i < keys.size(); ++i) columns.push_back(ColumnOf(keys[i], i));
  return search::Keyset(std::move(columns));
}

}  // namespace

std::string MetricColumn(Aggregate aggregate, std::string_view alias) {
  switch (aggregate) {
    case Aggregate::kMin:
      return fmt::format("{}.min_value", alias);
    case Aggregate::kMax:
      return fmt::format("{}.max_value", alias);
    case Aggregate::kLatest:
      break;
  }
  return fmt::format("{}.value", alias);
}

void WriteMetricComparison(const Clause& clause, std::string_view alias, SqlText& sql) {
  const auto column = MetricColumn(clause.aggregate, alias);
  if (clause.aggregate != Aggregate::kLatest) {
    search::WriteComparison(clause, column, sql);
    return;
  }
  // A NaN is unequal to every number, and that is all.
  if (clause.comparator == Comparator::kNotEqual) {
    sql << "(" << alias << ".is_nan = 1 OR ";
    search::WriteComparison(clause, column, sql);
    sql << ")";
    return;
  }
  sql << alias << ".is_nan = 0 AND ";
  search::WriteComparison(clause, column, sql);
}

base::Result<void> WriteRunClause(const Clause& clause, SqlText& sql) {
  switch (clause.field) {
    case Field::kAttribute:
      if (IsTime(clause.key)) {
        WriteTimeComparison(clause, AttributeColumn(clause.key), sql);
      } else {
        search::WriteComparison(clause, AttributeColumn(clause.key), sql);
      }
      break;
    case Field::kMetric:
      WriteMetric(clause, sql);
      break;
    case Field::kParam:
    case Field::kTag:
      WriteKeyedText(clause, sql);
      break;
    case Field::kDataset:
      WriteDataset(clause, sql);
      break;
    default:
      return base::Internal("runs have no such field");
  }
  return base::Ok();
}

RunOrder::RunOrder(std::vector<OrderKey> keys) : keys_(WithTail(std::move(keys))), keyset_(MakeKeyset(keys_)) {}

bool RunOrder::ByMetric() const {
  return keys_.front().field == Field::kMetric && keys_.front().aggregate == Aggregate::kLatest;
}

bool RunOrder::ByStart() const {
  return keys_.size() == 2 && Has({keys_.front()}, "start_time") && keys_.front().descending;
}

search::Keyset RunOrder::Rest() const {
  auto columns = keyset_.columns();
  columns.erase(columns.begin());
  return search::Keyset(std::move(columns));
}

search::Keyset RunOrder::OfNumbers() const {
  auto columns = keyset_.columns();
  columns.front().rank.clear();
  return search::Keyset(std::move(columns));
}

void RunOrder::WriteJoins(size_t first, SqlText& sql) const {
  for (size_t i = first; i < keys_.size(); ++i) {
    const auto& key = keys_[i];
    if (key.field == Field::kAttribute) continue;
    const auto table = key.field == Field::kMetric ? "run_metrics" : TextTable(key.field);
    sql << fmt::format(" LEFT JOIN {0} k{1} ON k{1}.run = r.number AND k{1}.key = ", table, i);
    sql.Bind(std::string_view(key.key));
  }
}

}  // namespace gyre::tracking::internal
