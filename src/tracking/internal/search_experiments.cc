#include "tracking/internal/search_experiments.h"

#include <unordered_map>
#include <utility>

#include "search/keyset.h"
#include "search/parse.h"
#include "search/sql.h"
#include "tracking/inputs.h"
#include "tracking/internal/number_list.h"
#include "tracking/internal/search_entities.h"
#include "tracking/internal/search_scope.h"

namespace gyre::tracking::internal {
namespace {

using search::Clause;
using search::Comparator;
using search::Field;
using search::Keyset;
using search::SortColumn;
using search::SqlText;

/// The values of a clause on experiment_id are texts, the column is a number.
base::Result<void> WriteIdClause(const Clause& clause, SqlText& sql) {
  std::vector<std::string> ids;
  if (const auto* list = std::get_if<std::vector<std::string>>(&clause.value)) {
    ids = *list;
  } else {
    ids.push_back(std::get<std::string>(clause.value));
  }
  const bool negated = clause.comparator == Comparator::kNotEqual || clause.comparator == Comparator::kNotIn;
  sql << "e.number " << (negated ? "NOT IN (" : "IN (");
  for (size_t i = 0; i < ids.size(); ++i) {
    if (i > 0) sql << ",";
    sql.Bind(TRY(ReadExperimentId(ids[i])));
  }
  sql << ")";
  return base::Ok();
}

base::Result<void> WriteExperimentClause(const Clause& clause, SqlText& sql) {
  if (clause.field == Field::kAttribute) {
    if (clause.key == "experiment_id") return WriteIdClause(clause, sql);
    if (clause.key == "name") {
      search::WriteComparison(clause, "e.name", sql);
    } else {
      WriteTimeComparison(clause, clause.key == "creation_time" ? "e.created_at" : "e.updated_at", sql);
    }
    return base::Ok();
  }
  if (clause.comparator == Comparator::kIsNull) sql << "NOT ";
  sql << "EXISTS (SELECT 1 FROM experiment_tags t WHERE t.experiment = e.number AND t.key = ";
  sql.Bind(std::string_view(clause.key));
  if (clause.comparator != Comparator::kIsNull && clause.comparator != Comparator::kIsNotNull) {
    sql << " AND ";
    search::WriteComparison(clause, "t.value", sql);
  }
  sql << ")";
  return base::Ok();
}

SortColumn ColumnOf(std::string_view attribute, bool descending) {
  if (attribute == "name") return {"e.name", SortColumn::Type::kText, descending};
  if (attribute == "creation_time") return {"e.created_at", SortColumn::Type::kInteger, descending};
  if (attribute == "last_update_time") return {"e.updated_at", SortColumn::Type::kInteger, descending};
  return {"e.number", SortColumn::Type::kInteger, descending};
}

/// The newest first, then by id, if nothing is asked for; else what is asked for, then by id from above: as MLflow.
Keyset OrderOf(const std::vector<search::OrderKey>& keys) {
  std::vector<SortColumn> columns;
  for (const auto& key : keys) {
    columns.push_back(ColumnOf(key.key, key.descending));
    if (key.key == "experiment_id") return Keyset(std::move(columns));
  }
  if (columns.empty()) columns.push_back(ColumnOf("creation_time", true));
  columns.push_back(ColumnOf("experiment_id", !keys.empty()));
  return Keyset(std::move(columns));
}

base::Result<std::vector<Experiment>> LoadExperiments(store::Reader& reader, std::span<const int64_t> numbers) {
  std::unordered_map<int64_t, size_t> places;
  std::vector<Experiment> experiments(numbers.size());
  for (size_t i = 0; i < numbers.size(); ++i) places.emplace(numbers[i], i);
  TRY(QueryIn(
      reader,
      "SELECT number, name, artifact_location, created_at, updated_at, deleted_at FROM experiments WHERE number", "",
      numbers, [&](const store::Row& row) {
        Experiment& experiment = experiments[places.at(row.Int(0))];
        experiment.id = ExperimentId(std::to_string(row.Int(0)));
        experiment.name = row.String(1);
        experiment.artifact_location = row.String(2);
        experiment.created_at = base::FromMicros(row.Int(3));
        experiment.updated_at = base::FromMicros(row.Int(4));
        experiment.stage = row.IsNull(5) ? LifecycleStage::kActive : LifecycleStage::kDeleted;
        return base::Ok();
      }));
  TRY(QueryIn(reader, "SELECT experiment, key, value FROM experiment_tags WHERE experiment", "", numbers,
              [&](const store::Row& row) {
                experiments[places.at(row.Int(0))].tags.emplace(row.Text(1), row.Text(2));
                return base::Ok();
              }));
  return experiments;
}

}  // namespace

base::Result<ExperimentPage> FindExperiments(store::Reader& reader, const ExperimentSearch& search) {
  TRY(CheckMaxResults(search.max_results));
  const auto filter = TRY(search::ParseFilter(search.filter, kExperimentEntity));
  const auto keyset = OrderOf(TRY(search::ParseOrderBy(search.order_by, kExperimentEntity)));
  const auto identity = SearchIdentity({"experiments", search.filter}, {}, search.order_by, search.view);
  SearchScope scope;
  scope.view = search.view;
  SqlText sql;
  sql << "SELECT e.number";
  keyset.WriteSelect(sql);
  sql << " FROM experiments e WHERE 1=1";
  scope.WriteView("e.deleted_at", sql);
  sql << " AND ";
  TRY(search::WriteCondition(filter, WriteExperimentClause, sql));
  if (!search.page_token.empty()) {
    const auto after = TRY(keyset.Decode(search.page_token, identity));
    sql << " AND ";
    keyset.WriteAfter(after, sql);
  }
  sql << " ORDER BY ";
  keyset.WriteOrder(sql);
  sql << " LIMIT ";
  sql.Bind(search.max_results + 1);
  std::vector<int64_t> found;
  Keyset::Position last;
  const auto most = static_cast<size_t>(search.max_results);
  TRY(reader.RunQuery(sql.text(), sql.values(), [&](const store::Row& row) {
    found.push_back(row.Int(0));
    if (found.size() == most) last = keyset.Read(row, 1);
    return base::Ok();
  }));
  ExperimentPage page;
  if (found.size() > most) {
    page.next = keyset.Encode(last, identity);
    found.pop_back();
  }
  page.experiments = TRY(LoadExperiments(reader, found));
  return page;
}

base::Result<std::vector<DatasetSummary>> FindDatasets(store::Reader& reader,
                                                       const std::vector<std::string>& experiments) {
  constexpr int64_t kMostSummaries = 1000;
  const auto scope = TRY(ReadScope(experiments, ViewType::kAll));
  std::vector<DatasetSummary> summaries;
  if (scope.empty()) return summaries;
  SqlText sql;
  sql << "SELECT DISTINCT s.experiment, s.name, s.digest, t.value FROM logged_datasets s "
         "JOIN run_datasets i ON i.dataset = s.number "
         "LEFT JOIN run_dataset_tags t ON t.run = i.run AND t.dataset = i.dataset AND t.key = ";
  sql.Bind(std::string_view(kDatasetContextTag));
  sql << " WHERE ";
  scope.WriteExperiments("s.experiment", sql);
  sql << " ORDER BY s.experiment, s.name, s.digest, t.value LIMIT ";
  sql.Bind(kMostSummaries);
  TRY(reader.RunQuery(sql.text(), sql.values(), [&](const store::Row& row) {
    summaries.push_back(
        {ExperimentId(std::to_string(row.Int(0))), row.String(1), row.String(2), row.OptionalString(3)});
    return base::Ok();
  }));
  return summaries;
}

}  // namespace gyre::tracking::internal
