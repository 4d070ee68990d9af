#include "engine/internal/sql_text.h"

namespace gyre::engine::internal {
namespace {

/// Just behind the next `mark` at or after `from`; the end if there is none.
size_t Behind(std::string_view sql, std::string_view mark, size_t from) {
  const size_t found = sql.find(mark, from);
  return found == std::string_view::npos ? sql.size() : found + mark.size();
}

/// Behind the comment that opens at `at`; they nest.
size_t BehindComment(std::string_view sql, size_t at) {
  size_t depth = 0;
  while (at < sql.size()) {
    if (sql.substr(at, 2) == "/*") {
      ++depth;
      at += 2;
    } else if (sql.substr(at, 2) == "*/") {
      at += 2;
      if (--depth == 0) return at;
    } else {
      ++at;
    }
  }
  return at;
}

/// Behind the quoted text that opens at `at`. A doubled quote closes and opens at once; after E a backslash escapes.
size_t BehindQuotes(std::string_view sql, size_t at) {
  const char quote = sql[at];
  const bool escapes = quote == '\'' && at > 0 && (sql[at - 1] == 'e' || sql[at - 1] == 'E');
  for (++at; at < sql.size(); ++at) {
    if (escapes && sql[at] == '\\') {
      ++at;
    } else if (sql[at] == quote) {
      return at + 1;
    }
  }
  return sql.size();
}

/// Behind the $tag$ text $tag$ that opens at `at`, or behind the dollar alone.
size_t BehindDollar(std::string_view sql, size_t at) {
  size_t end = at + 1;
  while (end < sql.size() && (std::isalnum(static_cast<unsigned char>(sql[end])) != 0 || sql[end] == '_')) ++end;
  if (end == sql.size() || sql[end] != '$') return at + 1;
  const auto tag = sql.substr(at, end + 1 - at);
  return Behind(sql, tag, end + 1);
}

}  // namespace

std::string_view FirstStatement(std::string_view sql) {
  size_t at = 0;
  while (at < sql.size()) {
    const char c = sql[at];
    if (c == ';') return sql.substr(0, at);
    if (c == '\'' || c == '"') {
      at = BehindQuotes(sql, at);
    } else if (c == '$') {
      at = BehindDollar(sql, at);
    } else if (sql.substr(at, 2) == "--") {
      at = Behind(sql, "\n", at);
    } else if (sql.substr(at, 2) == "/*") {
      at = BehindComment(sql, at);
    } else {
      ++at;
    }
  }
  return sql;
}

}  // namespace gyre::engine::internal
