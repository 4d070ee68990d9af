#include "search/sql.h"

#include <utility>

#include "base/text.h"

namespace gyre::search {
namespace {

std::string_view Operator(Comparator comparator) {
  return comparator == Comparator::kNotEqual ? "<>" : ComparatorName(comparator);
}

/// The parts from `begin` to `end` joined by `word` in a tree as flat as can be.
base::Result<void> WriteParts(std::span<const Condition> parts, std::string_view word, const ClauseWriter& write_clause,
                              SqlText& sql) {
  if (parts.size() == 1) return WriteCondition(parts.front(), write_clause, sql);
  const auto half = parts.size() / 2;
  sql << "(";
  TRY(WriteParts(parts.first(half), word, write_clause, sql));
  sql << word;
  TRY(WriteParts(parts.subspan(half), word, write_clause, sql));
  sql << ")";
  return base::Ok();
}

}  // namespace

SqlText& SqlText::Place(store::Value value) {
  values_.push_back(value);
  text_ += '?';
  text_ += std::to_string(values_.size());
  return *this;
}

void WriteComparison(const Clause& clause, std::string_view column, SqlText& sql) {
  if (const auto* list = std::get_if<std::vector<std::string>>(&clause.value)) {
    sql << column << (clause.comparator == Comparator::kNotIn ? " NOT IN (" : " IN (");
    for (size_t i = 0; i < list->size(); ++i) {
      if (i > 0) sql << ",";
      sql.Bind((*list)[i]);
    }
    sql << ")";
    return;
  }
  if (clause.comparator == Comparator::kILike) {
    sql << "lower(" << column << ") LIKE ";
    sql.Bind(base::ToLower(std::get<std::string>(clause.value)));
    return;
  }
  sql << column << " " << Operator(clause.comparator) << " ";
  if (const auto* whole = std::get_if<int64_t>(&clause.value)) {
    sql.Bind(*whole);
  } else if (const auto* real = std::get_if<double>(&clause.value)) {
    sql.Bind(*real);
  } else if (const auto* text = std::get_if<std::string>(&clause.value)) {
    sql.Bind(std::string_view(*text));
  }
}

base::Result<void> WriteCondition(const Condition& condition, const ClauseWriter& write_clause, SqlText& sql) {
  switch (condition.kind) {
    case Condition::Kind::kClause:
      return write_clause(condition.clause, sql);
    case Condition::Kind::kNot:
      sql << "NOT (";
      TRY(WriteCondition(condition.parts.front(), write_clause, sql));
      sql << ")";
      return base::Ok();
    case Condition::Kind::kAny:
      return WriteParts(condition.parts, " OR ", write_clause, sql);
    case Condition::Kind::kAll:
      if (!condition.parts.empty()) return WriteParts(condition.parts, " AND ", write_clause, sql);
      sql << "1=1";
      return base::Ok();
  }
  return base::Ok();
}

namespace {

void CollectRequired(const Condition& condition, std::vector<const Clause*>& clauses) {
  if (condition.kind == Condition::Kind::kClause) clauses.push_back(&condition.clause);
  if (condition.kind != Condition::Kind::kAll) return;
  for (const auto& part : condition.parts) CollectRequired(part, clauses);
}

}  // namespace

std::vector<const Clause*> RequiredClauses(const Condition& condition) {
  std::vector<const Clause*> clauses;
  CollectRequired(condition, clauses);
  return clauses;
}

std::string_view LiteralPrefix(std::string_view pattern) {
  return pattern.substr(0, pattern.find_first_of("%_"));
}

std::string PrefixEnd(std::string_view prefix) {
  std::string end(prefix);
  // Only a last character of ASCII is raised, so that the text stays UTF-8; others are cut off, which is no harm.
  while (!end.empty() && static_cast<unsigned char>(end.back()) >= 0x7f) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(end.back() + 1);
  return end;
}

}  // namespace gyre::search
