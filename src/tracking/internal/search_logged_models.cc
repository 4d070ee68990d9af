#include "tracking/internal/search_logged_models.h"

#include <algorithm>
#include <utility>

#include "search/keyset.h"
#include "search/parse.h"
#include "search/sql.h"
#include "tracking/internal/model_rows.h"
#include "tracking/internal/search_entities.h"
#include "tracking/internal/search_scope.h"

namespace gyre::tracking::internal {
namespace {

using search::Clause;
using search::Comparator;
using search::Field;
using search::Keyset;
using search::OrderKey;
using search::SortColumn;
using search::SqlText;

bool IsTime(std::string_view attribute) {
  return attribute == "creation_timestamp_ms" || attribute == "last_updated_timestamp_ms";
}

bool MayBeAbsent(std::string_view attribute) {
  return attribute == "source_run_id" || attribute == "model_type";
}

std::string_view AttributeColumn(std::string_view attribute) {
  if (attribute == "creation_timestamp_ms") return "l.created_at";
  if (attribute == "last_updated_timestamp_ms") return "l.updated_at";
  if (attribute == "model_id") return "l.id";
  if (attribute == "name") return "l.name";
  if (attribute == "model_type") return "NULLIF(l.model_type, '')";
  if (attribute == "status") return "l.status";
  if (attribute == "source_run_id") return "l.source_run";
  if (attribute == "artifact_location") return "l.artifact_uri";
  if (attribute == "experiment_id") return "l.experiment";
  return "CASE WHEN l.deleted_at IS NULL THEN 'active' ELSE 'deleted' END";
}

/// " AND (...)": the metric was measured on one of the datasets.
void WriteDatasets(const std::vector<DatasetFilter>& datasets, SqlText& sql) {
  if (datasets.empty()) return;
  std::string_view before = " AND (";
  for (const auto& dataset : datasets) {
    sql << before << "(m.dataset_name = ";
    sql.Bind(std::string_view(dataset.name));
    if (dataset.digest) {
      sql << " AND m.dataset_digest = ";
      sql.Bind(std::string_view(*dataset.digest));
    }
    sql << ")";
    before = " OR ";
  }
  sql << ")";
}

/// The latest value of a metric of the model `l`, NULL if it has none or a NaN.
void WriteLatest(std::string_view key, const std::vector<DatasetFilter>& datasets, const LoggedModelOrder* on,
                 SqlText& sql) {
  sql << "(SELECT CASE WHEN m.is_nan = 1 THEN NULL ELSE m.value END FROM logged_model_metrics m "
         "WHERE m.model = l.number AND m.key = ";
  sql.Bind(key);
  WriteDatasets(datasets, sql);
  if (on != nullptr && !on->dataset_name.empty()) {
    sql << " AND m.dataset_name = ";
    sql.Bind(std::string_view(on->dataset_name));
  }
  if (on != nullptr && !on->dataset_digest.empty()) {
    sql << " AND m.dataset_digest = ";
    sql.Bind(std::string_view(on->dataset_digest));
  }
  sql << " ORDER BY m.step DESC, m.time DESC, m.is_nan, m.value DESC LIMIT 1)";
}

base::Result<std::string> StatusColumn(std::string_view written) {
  for (const auto& [name, column] :
       {std::pair{"UNSPECIFIED", "LOGGED_MODEL_STATUS_UNSPECIFIED"}, std::pair{"PENDING", "LOGGED_MODEL_PENDING"},
        std::pair{"READY", "LOGGED_MODEL_READY"}, std::pair{"FAILED", "LOGGED_MODEL_UPLOAD_FAILED"}}) {
    if (written == name) return std::string(column);
  }
  return base::InvalidArgument(fmt::format("Unknown model status in filter: '{}'", written), "status");
}

base::Result<void> WriteStatus(Clause clause, SqlText& sql) {
  if (auto* list = std::get_if<std::vector<std::string>>(&clause.value)) {
    for (auto& status : *list) status = TRY(StatusColumn(status));
  } else {
    clause.value = TRY(StatusColumn(std::get<std::string>(clause.value)));
  }
  search::WriteComparison(clause, "l.status", sql);
  return base::Ok();
}

base::Result<void> WriteAttribute(const Clause& clause, SqlText& sql) {
  if (clause.key == "status") return WriteStatus(clause, sql);
  if (IsTime(clause.key)) {
    WriteTimeComparison(clause, AttributeColumn(clause.key), sql);
  } else if (clause.key == "experiment_id") {
    search::WriteComparison(clause, "CAST(l.experiment AS TEXT)", sql);
  } else if (MayBeAbsent(clause.key)) {
    sql << "(" << AttributeColumn(clause.key) << " IS NOT NULL AND ";
    search::WriteComparison(clause, AttributeColumn(clause.key), sql);
    sql << ")";
  } else {
    search::WriteComparison(clause, AttributeColumn(clause.key), sql);
  }
  return base::Ok();
}

/// The writer of clauses of this search, whose metrics are those on its datasets.
search::ClauseWriter ClauseWriterOf(const LoggedModelSearch& search) {
  return [&search](const Clause& clause, SqlText& sql) -> base::Result<void> {
    if (clause.field == Field::kAttribute) return WriteAttribute(clause, sql);
    if (clause.field == Field::kMetric) {
      sql << "CASE WHEN ";
      WriteLatest(clause.key, search.datasets, nullptr, sql);
      search::WriteComparison(clause, "", sql);
      sql << " THEN 1 ELSE 0 END = 1";
      return base::Ok();
    }
    sql << "EXISTS (SELECT 1 FROM " << (clause.field == Field::kParam ? "logged_model_params" : "logged_model_tags")
        << " t WHERE t.model = l.number AND t.key = ";
    sql.Bind(std::string_view(clause.key));
    sql << " AND ";
    search::WriteComparison(clause, "t.value", sql);
    sql << ")";
    return base::Ok();
  };
}

/// The order of the models: columns of the inner query, in which metrics are k0, k1, ...
struct ModelOrder {
  std::vector<OrderKey> keys;
  Keyset keyset;
};

SortColumn ColumnOf(const OrderKey& key, size_t number) {
  SortColumn column;
  column.value = fmt::format("x.k{}", number);
  column.descending = key.descending;
  const bool metric = key.field == Field::kMetric;
  const bool whole = IsTime(key.key) || key.key == "experiment_id";
  column.type = metric ? SortColumn::Type::kReal : whole ? SortColumn::Type::kInteger : SortColumn::Type::kText;
  if (metric || MayBeAbsent(key.key)) column.rank = search::NullRank(column.value);
  return column;
}

base::Result<ModelOrder> ReadOrder(const LoggedModelSearch& search) {
  if (search.order_by.size() > search::FilterLimits::kOrderKeys) {
    return base::InvalidArgument(fmt::format("Invalid order_by: it has {} keys; at most {} are allowed",
                                             search.order_by.size(), search::FilterLimits::kOrderKeys));
  }
  std::vector<OrderKey> keys;
  const auto has = [&keys](std::string_view attribute) {
    return std::ranges::any_of(keys,
                               [&](const auto& key) { return key.field == Field::kAttribute && key.key == attribute; });
  };
  for (const auto& item : search.order_by) {
    auto key = TRY(search::ParseOrderName(item.field_name, kLoggedModelEntity));
    key.descending = !item.ascending;
    keys.push_back(std::move(key));
  }
  if (!has("creation_timestamp_ms")) keys.push_back({Field::kAttribute, "creation_timestamp_ms", {}, true});
  if (!has("model_id")) keys.push_back({Field::kAttribute, "model_id", {}, false});
  std::vector<SortColumn> columns;
  for (size_t i = 0; i < keys.size(); ++i) columns.push_back(ColumnOf(keys[i], i));
  return ModelOrder{std::move(keys), Keyset(std::move(columns))};
}

/// The models of the scope that match, with what they are ordered by.
base::Result<void> WriteInner(const LoggedModelSearch& search, const SearchScope& scope,
                              const search::Condition& filter, const ModelOrder& order, SqlText& sql) {
  sql << "SELECT l.number AS number";
  for (size_t i = 0; i < order.keys.size(); ++i) {
    sql << ", ";
    if (order.keys[i].field == Field::kMetric) {
      WriteLatest(order.keys[i].key, search.datasets, &search.order_by[i], sql);
    } else {
      sql << AttributeColumn(order.keys[i].key);
    }
    sql << fmt::format(" AS k{}", i);
  }
  sql << " FROM logged_models l WHERE ";
  scope.WriteExperiments("l.experiment", sql);
  scope.WriteView("l.deleted_at", sql);
  sql << " AND ";
  TRY(search::WriteCondition(filter, ClauseWriterOf(search), sql));
  const auto clauses = search::RequiredClauses(filter);
  const bool on_metric =
      std::ranges::any_of(clauses, [](const auto* clause) { return clause->field == Field::kMetric; });
  if (!search.datasets.empty() && !on_metric) {
    sql << " AND EXISTS (SELECT 1 FROM logged_model_metrics m WHERE m.model = l.number";
    WriteDatasets(search.datasets, sql);
    sql << ")";
  }
  return base::Ok();
}

base::Result<void> CheckDatasets(const LoggedModelSearch& search) {
  constexpr size_t kMostDatasets = 100;
  if (search.datasets.size() > kMostDatasets) {
    return base::InvalidArgument(
        fmt::format("`datasets` has {} items; at most {} are allowed", search.datasets.size(), kMostDatasets),
        "datasets");
  }
  if (std::ranges::any_of(search.datasets, [](const auto& dataset) { return dataset.name.empty(); })) {
    return base::InvalidArgument("`dataset_name` in the `datasets` clause must be specified.", "datasets");
  }
  return base::Ok();
}

std::string IdentityOf(const LoggedModelSearch& search) {
  std::vector<std::string> parts;
  for (const auto& key : search.order_by) {
    parts.insert(parts.end(), {key.field_name, key.ascending ? "+" : "-", key.dataset_name, key.dataset_digest});
  }
  for (const auto& dataset : search.datasets) {
    parts.insert(parts.end(), {"on", dataset.name, dataset.digest.value_or("*")});
  }
  return SearchIdentity({"logged models", search.filter}, search.experiments, parts, ViewType::kActiveOnly);
}

}  // namespace

base::Result<LoggedModelPage> FindLoggedModels(store::Reader& reader, const LoggedModelSearch& search) {
  TRY(CheckMaxResults(search.max_results));
  TRY(CheckDatasets(search));
  const auto filter = TRY(search::ParseFilter(search.filter, kLoggedModelEntity));
  const auto order = TRY(ReadOrder(search));
  const auto scope = TRY(ReadScope(search.experiments, ViewType::kActiveOnly));
  const auto identity = IdentityOf(search);
  SqlText sql;
  sql << "SELECT x.number";
  order.keyset.WriteSelect(sql);
  sql << " FROM (";
  TRY(WriteInner(search, scope, filter, order, sql));
  sql << ") AS x";
  if (!search.page_token.empty()) {
    const auto after = TRY(order.keyset.Decode(search.page_token, identity));
    sql << " WHERE ";
    order.keyset.WriteAfter(after, sql);
  }
  sql << " ORDER BY ";
  order.keyset.WriteOrder(sql);
  sql << " LIMIT ";
  sql.Bind(search.max_results + 1);
  LoggedModelPage page;
  if (scope.empty()) return page;
  std::vector<int64_t> found;
  Keyset::Position last;
  const auto most = static_cast<size_t>(search.max_results);
  TRY(reader.RunQuery(sql.text(), sql.values(), [&](const store::Row& row) {
    found.push_back(row.Int(0));
    if (found.size() == most) last = order.keyset.Read(row, 1);
    return base::Ok();
  }));
  if (found.size() > most) {
    page.next = order.keyset.Encode(last, identity);
    found.pop_back();
  }
  page.models = TRY(LoadLoggedModels(reader, found));
  return page;
}

}  // namespace gyre::tracking::internal
