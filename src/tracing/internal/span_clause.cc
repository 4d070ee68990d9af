#include "tracing/internal/span_clause.h"

#include <string>
#include <string_view>

#include "base/text.h"
#include "tracing/json_text.h"

namespace gyre::tracing::internal {
namespace {

using search::Clause;
using search::Comparator;
using search::Field;
using search::SqlText;

constexpr std::string_view kAttributesPrefix = "attributes.";
/// The text of a span that words are looked for in.
constexpr std::string_view kContent = "(s.name || ' ' || s.message || ' ' || s.attributes || ' ' || s.events)";

/// `text` with what LIKE would take for a wildcard put behind a backslash.
std::string Literal(std::string_view text) {
  std::string literal;
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') literal += '\\';
    literal += c;
  }
  return literal;
}

std::string JsonString(std::string_view text) {
  std::string json;
  AppendJsonString(json, text);
  return json;
}

/// How trace_spans.attributes has an attribute with the text `value`.
std::string WrittenAttribute(std::string_view key, std::string_view value) {
  return JsonString(key) + ": " + JsonString(JsonString(value));
}

/// SQLite takes no longer pattern.
base::Result<void> CheckPattern(std::string_view key, std::string_view pattern) {
  constexpr size_t kMostBytes = 50'000;
  if (pattern.size() <= kMostBytes) return base::Ok();
  return base::InvalidArgument(
      fmt::format("Invalid filter: the value for 'span.attributes.{}' is too long to be looked for; shorten it",
                  key.substr(0, 100)),
      "filter");
}

base::Result<void> WriteHasAttribute(std::string_view key, std::string_view value, SqlText& sql) {
  const auto pattern = "%" + Literal(WrittenAttribute(key, value)) + "%";
  TRY(CheckPattern(key, pattern));
  sql << "s.attributes LIKE ";
  sql.Bind(pattern) << " ESCAPE '\\'";
  return base::Ok();
}

/// LIKE sees what stands behind the key, as in MLflow; = and IN compare texts, which MLflow's cannot.
base::Result<void> WriteAttribute(const Clause& clause, std::string_view key, SqlText& sql) {
  const auto* list = std::get_if<std::vector<std::string>>(&clause.value);
  if (clause.comparator == Comparator::kLike || clause.comparator == Comparator::kILike) {
    Clause behind = clause;
    auto pattern = "%" + JsonString(key) + std::get<std::string>(clause.value) + "%";
    TRY(CheckPattern(key, pattern));
    behind.value = std::move(pattern);
    search::WriteComparison(behind, "s.attributes", sql);
    return base::Ok();
  }
  const bool negated = clause.comparator == Comparator::kNotEqual || clause.comparator == Comparator::kNotIn;
  if (negated) {
    const auto pattern = "%" + Literal(JsonString(key)) + ": %";
    TRY(CheckPattern(key, pattern));
    sql << "s.attributes LIKE ";
    sql.Bind(pattern) << " ESCAPE '\\' AND NOT ";
  }
  sql << "(";
  if (list == nullptr) {
    TRY(WriteHasAttribute(key, std::get<std::string>(clause.value), sql));
  } else {
    for (size_t i = 0; i < list->size(); ++i) {
      if (i > 0) sql << " OR ";
      TRY(WriteHasAttribute(key, (*list)[i], sql));
    }
  }
  sql << ")";
  return base::Ok();
}

base::Result<void> WriteOne(const Clause& clause, SqlText& sql) {
  const std::string_view key = clause.key;
  if (key == "text" || key == "content") {
    if (clause.comparator != Comparator::kLike && clause.comparator != Comparator::kILike) {
      return base::InvalidArgument(fmt::format("span.content comparator '{}' not one of '{{'LIKE', 'ILIKE'}}'",
                                               search::ComparatorName(clause.comparator)));
    }
    search::WriteComparison(clause, kContent, sql);
    return base::Ok();
  }
  if (key == "name" || key == "type" || key == "status") {
    search::WriteComparison(clause, fmt::format("s.{}", key), sql);
    return base::Ok();
  }
  if (!key.starts_with(kAttributesPrefix)) {
    return base::InvalidArgument(
        fmt::format("Invalid span attribute '{}'. Supported attributes: name, status, type, "
                    "attributes.<attribute_name>.",
                    key));
  }
  auto name = key.substr(kAttributesPrefix.size());
  if (name.size() >= 2 && name.front() == '`' && name.back() == '`') name = name.substr(1, name.size() - 2);
  if (name.empty()) return base::InvalidArgument("Span attribute name cannot be empty after 'attributes.'");
  return WriteAttribute(clause, name, sql);
}

}  // namespace

bool IsSpanClause(const Clause& clause) {
  return clause.field == Field::kSpan || (clause.field == Field::kAttribute && clause.key == "text");
}

base::Result<void> WriteSpanClauses(const std::vector<const Clause*>& clauses, SqlText& sql) {
  sql << "EXISTS(SELECT 1 FROM trace_spans s WHERE s.trace = t.number";
  for (const auto* clause : clauses) {
    sql << " AND ";
    TRY(WriteOne(*clause, sql));
  }
  sql << ")";
  return base::Ok();
}

}  // namespace gyre::tracing::internal
