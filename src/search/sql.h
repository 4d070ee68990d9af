#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "search/condition.h"
#include "store/value.h"

namespace gyre::search {

/// SQL under construction: text with numbered parameters, and the values to bind to them, which it owns. Not copied,
/// for the values are views into it.
class SqlText {
 public:
  SqlText() = default;
  SqlText(const SqlText&) = delete;
  SqlText& operator=(const SqlText&) = delete;
  SqlText(SqlText&&) = default;
  SqlText& operator=(SqlText&&) = default;

  SqlText& operator<<(std::string_view text) {
    text_ += text;
    return *this;
  }
  /// Writes the number of a new parameter.
  SqlText& Bind(int64_t value) { return Place(value); }
  SqlText& Bind(double value) { return Place(value); }
  SqlText& Bind(std::string_view value) {
    owned_.emplace_back(value);
    return Place(std::string_view(owned_.back()));
  }

  const std::string& text() const { return text_; }
  const std::vector<store::Value>& values() const { return values_; }

 private:
  SqlText& Place(store::Value value);

  std::string text_;
  std::vector<store::Value> values_;
  std::list<std::string> owned_;
};

/// Writes "column op ?n" for the comparator and value of `clause`, true or false but for a NULL column. `column` is any
/// SQL expression. ILIKE lowers ASCII letters on both sides. Not for IS NULL.
void WriteComparison(const Clause& clause, std::string_view column, SqlText& sql);

/// Writes a condition on one clause: an expression in parentheses or of one operand that is 1 or 0, never NULL.
using ClauseWriter = std::function<base::Result<void>(const Clause& clause, SqlText& sql)>;

/// Writes the whole of `condition` as one expression; "1=1" for the empty filter. Long chains become balanced trees,
/// for SQLite bounds the depth of an expression.
base::Result<void> WriteCondition(const Condition& condition, const ClauseWriter& write_clause, SqlText& sql);

/// The clauses that every match must satisfy: the filter itself or the parts of its outermost AND.
std::vector<const Clause*> RequiredClauses(const Condition& condition);

/// The text that a LIKE pattern begins with before its first wildcard.
std::string_view LiteralPrefix(std::string_view pattern);
/// The smallest text above all that begin with `prefix`, for "column >= prefix AND column < end"; empty if there is
/// none.
std::string PrefixEnd(std::string_view prefix);

}  // namespace gyre::search
