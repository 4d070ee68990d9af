#include "base/text.h"
#include "registry/internal/checks.h"
#include "registry/internal/model_rows.h"
#include "registry/internal/search_entities.h"
#include "registry/internal/version_rows.h"
#include "registry/registry.h"
#include "search/keyset.h"
#include "search/parse.h"

namespace gyre::registry {
namespace {

using search::Clause;
using search::Comparator;
using search::Condition;
using search::SortColumn;
using search::SqlText;

bool AsksForPromptTag(const Clause& clause) {
  return clause.field == search::Field::kTag && clause.key == internal::kPromptTag;
}

/// The first clause on the prompt tag, which decides what is looked for; null if there is none.
const Clause* PromptClause(const Condition& condition) {
  if (condition.kind == Condition::Kind::kClause) {
    return AsksForPromptTag(condition.clause) ? &condition.clause : nullptr;
  }
  for (const auto& part : condition.parts) {
    if (const auto* found = PromptClause(part)) return found;
  }
  return nullptr;
}

bool AsksForPrompts(const Condition& condition) {
  const auto* clause = PromptClause(condition);
  if (clause == nullptr || !std::holds_alternative<std::string>(clause->value)) return false;
  const auto value = base::ToLower(std::get<std::string>(clause->value));
  return (clause->comparator == Comparator::kEqual && value == "true") ||
         (clause->comparator == Comparator::kNotEqual && value == "false");
}

/// How one kind of entity is searched.
struct Plan {
  const search::Entity& entity;
  std::string_view select;  ///< up to its conditions
  std::string_view tags;    ///< table of tags and its column that names the entity
  std::string_view tag_owner;
  std::string_view number;      ///< the entity's number
  std::string_view no_prompts;  ///< a condition without parameters
  std::string_view (*column)(std::string_view key);
};

base::Result<void> WriteClause(const Plan& plan, bool prompts, const Clause& clause, SqlText& sql) {
  if (clause.field == search::Field::kAttribute) {
    search::WriteComparison(clause, plan.column(clause.key), sql);
    return base::Ok();
  }
  if (!prompts && AsksForPromptTag(clause)) {
    sql << "1=1";
    return base::Ok();
  }
  sql << plan.number << " IN (SELECT t." << plan.tag_owner << " FROM " << plan.tags << " t WHERE t.key = ";
  sql.Bind(clause.key) << " AND ";
  search::WriteComparison(clause, "t.value", sql);
  sql << ")";
  return base::Ok();
}

std::string QueryText(const SearchQuery& query) {
  return base::DumpJson({query.filter, query.order_by});
}

base::Result<void> CheckMaxResults(int64_t asked, int64_t limit) {
  if (asked < 1) {
    return base::InvalidArgument(
        fmt::format("Invalid value for max_results. It must be a positive integer, but got {}", asked), "max_results");
  }
  if (asked <= limit) return base::Ok();
  return base::InvalidArgument(fmt::format("Invalid value for request parameter max_results. It must be at most {}, "
                                           "but got value {}",
                                           limit, asked),
                               "max_results");
}

/// The numbers of one page, and the token of the next.
base::Result<Page<int64_t>> FindPage(store::Reader& reader, const Plan& plan, const search::Keyset& order,
                                     const SearchQuery& query) {
  const auto condition = TRY(search::ParseFilter(query.filter, plan.entity));
  const bool prompts = AsksForPrompts(condition);
  SqlText sql;
  sql << "SELECT " << plan.number;
  order.WriteSelect(sql);
  sql << plan.select;
  if (!prompts) sql << plan.no_prompts << " AND ";
  TRY(search::WriteCondition(
      condition, [&](const Clause& clause, SqlText& text) { return WriteClause(plan, prompts, clause, text); }, sql));
  if (!query.page_token.empty()) {
    sql << " AND ";
    order.WriteAfter(TRY(order.Decode(query.page_token, QueryText(query))), sql);
  }
  sql << " ORDER BY ";
  order.WriteOrder(sql);
  sql << " LIMIT ";
  sql.Bind(query.max_results + 1);

  Page<int64_t> page;
  search::Keyset::Position last;
  bool more = false;
  TRY(reader.RunQuery(sql.text(), sql.values(), [&](const store::Row& row) -> base::Result<void> {
    more = page.items.size() == static_cast<size_t>(query.max_results);
    if (more) return base::Ok();
    page.items.push_back(row.Int(0));
    last = order.Read(row, 1);
    return base::Ok();
  }));
  if (more) page.next_page_token = order.Encode(last, QueryText(query));
  return page;
}

std::string_view ModelColumn(std::string_view key) {
  return key == "name" ? "m.name" : "m.updated_at";
}

std::string_view VersionColumn(std::string_view key) {
  if (key == "name") return "m.name";
  if (key == "version_number") return "v.version";
  if (key == "creation_timestamp") return "v.created_at";
  if (key == "last_updated_timestamp") return "v.updated_at";
  return key == "run_id" ? "v.run_id" : "v.source";
}

const Plan kModelPlan = {
    .entity = internal::kModelEntity,
    .select = " FROM registered_models m WHERE ",
    .tags = "registered_model_tags",
    .tag_owner = "model",
    .number = "m.number",
    .no_prompts =
        "m.number NOT IN (SELECT p.model FROM registered_model_tags p WHERE "
        "p.key = 'mlflow.prompt.is_prompt' AND p.value = 'true')",
    .column = ModelColumn,
};

const Plan kVersionPlan = {
    .entity = internal::kVersionEntity,
    .select = " FROM model_versions v JOIN registered_models m ON m.number = v.model WHERE v.deleted_at IS NULL AND ",
    .tags = "model_version_tags",
    .tag_owner = "version",
    .number = "v.number",
    .no_prompts =
        "v.model NOT IN (SELECT w.model FROM model_version_tags p JOIN model_versions w ON w.number = p.version "
        "WHERE p.key = 'mlflow.prompt.is_prompt' AND p.value = 'true')",
    .column = VersionColumn,
};

/// The order that was asked for, made total by `tail`.
base::Result<search::Keyset> MakeOrder(const Plan& plan, const std::vector<std::string>& order_by,
                                       std::span<const search::OrderKey> tail) {
  auto keys = TRY(search::ParseOrderBy(order_by, plan.entity));
  for (const auto& key : tail) {
    if (std::ranges::find(keys, key.key, &search::OrderKey::key) == keys.end()) keys.push_back(key);
  }
  std::vector<SortColumn> columns;
  for (const auto& key : keys) {
    columns.push_back({.value = std::string(plan.column(key.key)),
                       .type = key.key == "name" ? SortColumn::Type::kText : SortColumn::Type::kInteger,
                       .descending = key.descending});
  }
  return search::Keyset(std::move(columns));
}

}  // namespace

base::Result<Page<RegisteredModel>> Registry::SearchModels(const SearchQuery& query) {
  TRY(CheckMaxResults(query.max_results, kMaxModels));
  const std::array<search::OrderKey, 1> tail = {{{.key = "name"}}};
  const auto order = TRY(MakeOrder(kModelPlan, query.order_by, tail));
  return database_.Read([&](store::Reader& reader) -> base::Result<Page<RegisteredModel>> {
    auto found = TRY(FindPage(reader, kModelPlan, order, query));
    Page<RegisteredModel> page;
    page.items = TRY(internal::LoadModelsByNumber(reader, found.items));
    page.next_page_token = std::move(found.next_page_token);
    return page;
  });
}

base::Result<Page<ModelVersion>> Registry::SearchVersions(const SearchQuery& query) {
  TRY(CheckMaxResults(query.max_results, kMaxVersions));
  const std::array<search::OrderKey, 3> tail = {{{.key = "last_updated_timestamp", .descending = true},
                                                 {.key = "name"},
                                                 {.key = "version_number", .descending = true}}};
  const auto order = TRY(MakeOrder(kVersionPlan, query.order_by,
                                   query.order_by.empty() ? std::span<const search::OrderKey>(tail)
                                                          : std::span<const search::OrderKey>(tail).subspan(1)));
  return database_.Read([&](store::Reader& reader) -> base::Result<Page<ModelVersion>> {
    auto found = TRY(FindPage(reader, kVersionPlan, order, query));
    Page<ModelVersion> page;
    page.items = TRY(internal::LoadVersionsByNumber(reader, found.items));
    page.next_page_token = std::move(found.next_page_token);
    return page;
  });
}

}  // namespace gyre::registry
