#include "tracing/internal/search_sql.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/json.h"
#include "tracing/internal/span_clause.h"
#include "tracing/trace.h"

namespace gyre::tracing::internal {
namespace {

using search::Clause;
using search::Comparator;
using search::Condition;
using search::Field;
using search::OrderKey;
using search::SortColumn;
using search::SqlText;

/// The column of a tag that is none of trace_tags.
std::optional<std::string_view> TagColumn(std::string_view key) {
  if (key == kNameTag) return "t.name";
  if (key == kArtifactTag) return "t.artifact_uri";
  if (key == kSpansTag) return "CASE WHEN t.has_spans = 1 THEN 'TRACKING_STORE' END";
  return std::nullopt;
}

std::string_view AttributeColumn(std::string_view key) {
  if (key == "timestamp_ms") return "t.started_ms";
  if (key == "execution_time_ms") return "t.duration_ms";
  if (key == "end_time_ms") return "(t.started_ms + COALESCE(t.duration_ms, 0))";
  if (key == "status") return "t.state";
  if (key == "client_request_id") return "t.client_request";
  if (key == "experiment_id") return "t.experiment";
  return key == "name" ? "t.name" : "t.id";
}

bool IsNullCheck(const Clause& clause) {
  return clause.comparator == Comparator::kIsNull || clause.comparator == Comparator::kIsNotNull;
}

/// A column of the trace itself, which may be NULL: then nothing but IS NULL is true.
void WriteColumn(const Clause& clause, std::string_view column, SqlText& sql) {
  if (IsNullCheck(clause)) {
    sql << "(" << column << (clause.comparator == Comparator::kIsNull ? " IS NULL)" : " IS NOT NULL)");
    return;
  }
  sql << "(" << column << " IS NOT NULL AND ";
  search::WriteComparison(clause, column, sql);
  sql << ")";
}

void WriteKeyed(const Clause& clause, std::string_view table, std::string_view key, SqlText& sql) {
  if (clause.comparator == Comparator::kIsNull) sql << "NOT ";
  sql << "EXISTS(SELECT 1 FROM " << table << " k WHERE k.trace = t.number AND k.key = ";
  sql.Bind(key);
  if (!IsNullCheck(clause)) {
    sql << " AND ";
    search::WriteComparison(clause, "k.value", sql);
  }
  sql << ")";
}

/// The run that made the trace, or one that the trace was linked to.
void WriteRun(const Clause& clause, SqlText& sql) {
  if (clause.comparator != Comparator::kEqual) return WriteKeyed(clause, "trace_metadata", kRunMetadata, sql);
  sql << "(";
  WriteKeyed(clause, "trace_metadata", kRunMetadata, sql);
  sql << " OR EXISTS(SELECT 1 FROM trace_runs l WHERE l.trace_id = t.id AND ";
  search::WriteComparison(clause, "l.run", sql);
  sql << "))";
}

base::Result<void> WritePrompt(const Clause& clause, SqlText& sql) {
  const auto& prompt = std::get<std::string>(clause.value);
  if (std::ranges::count(prompt, '/') != 1) {
    return base::InvalidArgument(
        fmt::format("Invalid prompts filter value '{}'. Expected format: prompt = \"name/version\"", prompt), "prompt");
  }
  sql << "EXISTS(SELECT 1 FROM trace_prompts p WHERE p.trace = t.number AND p.prompt = ";
  sql.Bind(prompt) << ")";
  return base::Ok();
}

/// Values are JSON texts: a word is compared with its JSON string, and, as MLflow does, with the text as it is
/// ("true").
void WriteJudgement(const Clause& clause, SqlText& sql) {
  const auto* text = std::get_if<std::string>(&clause.value);
  const bool equality = clause.comparator == Comparator::kEqual || clause.comparator == Comparator::kNotEqual;
  if (text == nullptr) {
    sql << "a.number IS NOT NULL AND ";
    search::WriteComparison(clause, "a.number", sql);
  } else if (equality) {
    sql << "a.value " << (clause.comparator == Comparator::kEqual ? "IN (" : "NOT IN (");
    sql.Bind(*text) << ",";
    sql.Bind(base::DumpJson(base::Json(*text))) << ")";
  } else {
    search::WriteComparison(clause, "a.value", sql);
  }
}

void WriteAssessment(const Clause& clause, SqlText& sql) {
  if (clause.comparator == Comparator::kIsNull) sql << "NOT ";
  sql << "EXISTS(SELECT 1 FROM trace_assessments a WHERE a.trace = t.number AND a.valid = 1 AND a.kind = ";
  sql.Bind(clause.field == Field::kFeedback ? "feedback" : "expectation") << " AND a.name = ";
  sql.Bind(clause.key);
  if (!IsNullCheck(clause)) {
    sql << " AND ";
    WriteJudgement(clause, sql);
  }
  sql << ")";
}

base::Result<void> WriteAttribute(const Clause& clause, SqlText& sql) {
  if (clause.key == "run_id") {
    WriteRun(clause, sql);
    return base::Ok();
  }
  if (clause.key == "prompt") return WritePrompt(clause, sql);
  WriteColumn(clause, AttributeColumn(clause.key), sql);
  return base::Ok();
}

base::Result<void> WriteClause(const Clause& clause, SqlText& sql) {
  if (IsSpanClause(clause)) return WriteSpanClauses({&clause}, sql);
  if (clause.field == Field::kAttribute) return WriteAttribute(clause, sql);
  const auto column = clause.field == Field::kTag ? TagColumn(clause.key) : std::nullopt;
  if (column) {
    WriteColumn(clause, *column, sql);
  } else if (clause.field == Field::kMetadata && clause.key == kFinalMetadata) {
    WriteColumn(clause, "CASE WHEN t.finished = 1 THEN 'true' END", sql);
  } else if (clause.field == Field::kTag || clause.field == Field::kMetadata) {
    WriteKeyed(clause, clause.field == Field::kTag ? "trace_tags" : "trace_metadata", clause.key, sql);
  } else {
    WriteAssessment(clause, sql);
  }
  return base::Ok();
}

bool IsSpanPart(const Condition& part) {
  return part.kind == Condition::Kind::kClause && IsSpanClause(part.clause);
}

std::string Column(const OrderKey& key, size_t number) {
  if (key.field == Field::kTag) {
    if (const auto column = TagColumn(key.key)) return std::string(*column);
  }
  const bool keyed = key.field != Field::kAttribute || key.key == "run_id";
  return keyed ? fmt::format("o{}.value", number) : std::string(AttributeColumn(key.key));
}

SortColumn ColumnOf(const OrderKey& key, size_t number) {
  SortColumn column{.value = Column(key, number), .type = SortColumn::Type::kText, .descending = key.descending};
  const bool attribute = key.field == Field::kAttribute;
  if (attribute && key.key.ends_with("_ms")) column.type = SortColumn::Type::kInteger;
  const bool nullable = !attribute || key.key == "execution_time_ms" || key.key == "name" || key.key == "run_id";
  if (nullable) column.rank = search::NullRank(column.value);
  return column;
}

bool Has(const std::vector<OrderKey>& keys, std::string_view attribute) {
  return std::ranges::any_of(
      keys, [&](const OrderKey& key) { return key.field == Field::kAttribute && key.key == attribute; });
}

std::vector<OrderKey> WithTail(std::vector<OrderKey> keys) {
  if (Has(keys, "request_id")) return keys;
  if (!Has(keys, "timestamp_ms")) keys.push_back({.key = "timestamp_ms", .descending = true});
  keys.push_back({.key = "request_id"});
  return keys;
}

search::Keyset MakeKeyset(const std::vector<OrderKey>& keys) {
  std::vector<SortColumn> columns;
  for (size_t i = 0; i < keys.size(); ++i) columns.push_back(ColumnOf(keys[i], i));
  return search::Keyset(std::move(columns));
}

}  // namespace

base::Result<void> WriteTraceFilter(const Condition& filter, SqlText& sql) {
  if (filter.kind != Condition::Kind::kAll) return search::WriteCondition(filter, WriteClause, sql);
  Condition rest;
  std::vector<const Clause*> of_one_span;
  for (const auto& part : filter.parts) {
    if (IsSpanPart(part)) {
      of_one_span.push_back(&part.clause);
    } else {
      rest.parts.push_back(part);
    }
  }
  TRY(search::WriteCondition(rest, WriteClause, sql));
  if (of_one_span.empty()) return base::Ok();
  sql << " AND ";
  return WriteSpanClauses(of_one_span, sql);
}

TraceOrder::TraceOrder(std::vector<OrderKey> keys) : keys_(WithTail(std::move(keys))), keyset_(MakeKeyset(keys_)) {}

void TraceOrder::WriteJoins(SqlText& sql) const {
  for (size_t i = 0; i < keys_.size(); ++i) {
    const auto table = fmt::format("o{}", i);
    if (!Column(keys_[i], i).starts_with(table)) continue;
    const bool tag = keys_[i].field == Field::kTag;
    sql << " LEFT JOIN " << (tag ? "trace_tags " : "trace_metadata ") << table << " ON " << table
        << ".trace = t.number AND " << table << ".key = ";
    sql.Bind(keys_[i].field == Field::kAttribute ? kRunMetadata : std::string_view(keys_[i].key));
  }
}

}  // namespace gyre::tracing::internal
