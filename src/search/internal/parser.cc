#include "search/internal/parser.h"

#include <utility>

#include "base/text.h"
#include "search/parse.h"

namespace gyre::search::internal {
namespace {

using base::InvalidArgument;
using Kind = Token::Kind;

Condition OneOrMany(Condition::Kind kind, std::vector<Condition> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  return {kind, std::move(parts), {}};
}

/// One text of a list: as Python reads it, for that is how MLflow does.
std::string ListItem(const Token& token) {
  const auto inner = Unquoted(token.text);
  const char quote = token.text.front();
  std::string text;
  for (size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] == quote) continue;  // of a doubled one: two texts side by side are one
    if (inner[i] != '\\' || i + 1 == inner.size()) {
      text += inner[i];
      continue;
    }
    const char next = inner[++i];
    if (next == 'n') {
      text += '\n';
    } else if (next == 't') {
      text += '\t';
    } else if (next == '\\' || next == '\'' || next == '"') {
      text += next;
    } else {
      text.append({'\\', next});
    }
  }
  return text;
}

}  // namespace

base::Error Parser::Unexpected(std::string_view wanted) const {
  if (token_.kind == Kind::kEnd) {
    return InvalidArgument(fmt::format("Invalid clause(s) in filter string: it ends where {} should be", wanted));
  }
  constexpr size_t kShown = 60;
  return InvalidArgument(fmt::format("Invalid clause(s) in filter string: '{}' at position {}, where {} should be",
                                     token_.text.substr(0, kShown), token_.position + 1, wanted));
}

base::Result<Condition> Parser::Whole() {
  auto condition = TRY(Any(0));
  if (token_.kind != Kind::kEnd) return Unexpected("AND, OR or the end");
  return condition;
}

base::Result<Condition> Parser::Any(size_t depth) {
  if (depth > FilterLimits::kDepth) {
    return InvalidArgument(
        fmt::format("Invalid clause(s) in filter string: parentheses and NOTs at position {} are nested "
                    "deeper than {}; write the filter flatter",
                    token_.position + 1, FilterLimits::kDepth));
  }
  std::vector<Condition> parts;
  parts.push_back(TRY(All(depth)));
  while (token_.IsWord("OR")) {
    Advance();
    parts.push_back(TRY(All(depth)));
  }
  return OneOrMany(Condition::Kind::kAny, std::move(parts));
}

bool Parser::EndsTerms() const {
  return token_.kind == Kind::kEnd || token_.kind == Kind::kRight || token_.IsWord("OR");
}

/// As in MLflow an AND may be missing, repeated, or have nothing on one side.
base::Result<Condition> Parser::All(size_t depth) {
  std::vector<Condition> parts;
  while (!EndsTerms()) {
    if (token_.IsWord("AND")) {
      Advance();
    } else {
      parts.push_back(TRY(Term(depth)));
    }
  }
  if (parts.empty()) return Unexpected("a comparison");
  return OneOrMany(Condition::Kind::kAll, std::move(parts));
}

base::Result<Condition> Parser::Term(size_t depth) {
  if (token_.kind == Kind::kLeft) {
    Advance();
    auto inner = TRY(Any(depth + 1));
    if (token_.kind != Kind::kRight) return Unexpected("')'");
    Advance();
    return inner;
  }
  if (token_.IsWord("NOT")) {
    Advance();
    if (EndsTerms() || token_.IsWord("AND")) return Unexpected("a comparison");
    if (depth >= FilterLimits::kDepth) return Any(depth + 1);
    Condition negated{Condition::Kind::kNot, {}, {}};
    negated.parts.push_back(TRY(Term(depth + 1)));
    return negated;
  }
  return Comparison();
}

base::Result<Condition> Parser::Comparison() {
  WrittenClause written;
  const Token name = token_;
  Advance();
  if (name.kind != Kind::kName) {
    if (token_.kind == Kind::kOperator && (name.kind == Kind::kString || name.kind == Kind::kNumber)) {
      return InvalidArgument(fmt::format("Invalid comparison clause. Expected 'Identifier' found '{}'", name.text));
    }
    token_ = name;
    return Unexpected("a comparison");
  }
  written.name = name.text;
  if (token_.kind == Kind::kOther || (token_.kind == Kind::kNumber && token_.text.front() == '-')) {
    return InvalidArgument(
        fmt::format("Invalid comparison clause. Expected 'Identifier' found '{}{}'; a key with such characters needs "
                    "backticks around it",
                    name.text, token_.text.substr(0, 60)));
  }
  TRY(ReadComparator(written));
  if (!written.null_check) TRY(ReadValue(written));
  if (++clauses_ > FilterLimits::kClauses) {
    return InvalidArgument(fmt::format(
        "Error on parsing filter: it has more than {} comparisons; use IN for long lists", FilterLimits::kClauses));
  }
  Condition condition{Condition::Kind::kClause, {}, {}};
  condition.clause = TRY(ResolveClause(written, entity_));
  return condition;
}

base::Result<void> Parser::ReadComparator(WrittenClause& written) {
  if (token_.IsWord("IS")) return ReadNullCheck(written);
  if (token_.IsWord("NOT")) {
    written.comparator = "NOT ";
    Advance();
  }
  const bool negated = !written.comparator.empty();
  bool known = token_.kind == Kind::kOperator && !negated;
  for (const std::string_view word : {"LIKE", "ILIKE", "RLIKE", "REGEXP", "IN"}) {
    if (token_.IsWord(word)) known = true;
  }
  if (!known) return Unexpected("a comparator");
  for (const char c : token_.text) written.comparator += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  const bool list = token_.IsWord("IN");
  Advance();
  if (list && token_.kind != Kind::kLeft) return Unexpected("a list in parentheses");
  return base::Ok();
}

base::Result<void> Parser::ReadNullCheck(WrittenClause& written) {
  Advance();
  written.null_check = true;
  written.comparator = "IS NULL";
  if (token_.IsWord("NOT")) {
    written.comparator = "IS NOT NULL";
    Advance();
  }
  if (!token_.IsWord("NULL")) return Unexpected("NULL");
  Advance();
  return base::Ok();
}

base::Result<void> Parser::ReadValue(WrittenClause& written) {
  if (token_.kind == Kind::kLeft) return ReadList(written);
  const bool keyword = token_.IsWord("AND") || token_.IsWord("OR") || token_.IsWord("NOT") || token_.IsWord("IN");
  const bool value = token_.kind == Kind::kString || token_.kind == Kind::kNumber || token_.kind == Kind::kName;
  if (!value || keyword) return Unexpected("a value");
  written.value = token_;
  Advance();
  return base::Ok();
}

base::Result<void> Parser::ReadList(WrittenClause& written) {
  constexpr std::string_view kList = "While parsing a list in the query, expected ";
  const Token begin = token_;
  Advance();
  std::vector<std::string> items;
  bool separated = true;
  bool numbers = false;
  while (token_.kind != Kind::kRight) {
    if (token_.kind == Kind::kComma && !separated) {
      separated = true;
    } else if (token_.IsText() || token_.kind == Kind::kNumber) {
      if (separated) items.emplace_back();
      items.back() += ListItem(token_);
      separated = false;
      numbers = numbers || token_.kind == Kind::kNumber;
    } else {
      return InvalidArgument(fmt::format("{}a non-empty list of string values, but got ill-formed list.", kList));
    }
    if (items.size() + list_items_ > FilterLimits::kListItems) {
      return InvalidArgument(fmt::format(
          "Error on parsing filter: its lists have more than {} values; split the search", FilterLimits::kListItems));
    }
    Advance();
  }
  written.list_text = {begin.text.data(), token_.position + 1 - begin.position};
  Advance();
  if (items.empty()) {
    return InvalidArgument(fmt::format("{}a non-empty list of string values, but got empty list", kList));
  }
  if (numbers) {
    return InvalidArgument(fmt::format("{}string value, punctuation, or whitespace, but got different type in list: {}",
                                       kList, written.list_text.substr(0, 200)));
  }
  list_items_ += items.size();
  written.list = std::move(items);
  return base::Ok();
}

}  // namespace gyre::search::internal
