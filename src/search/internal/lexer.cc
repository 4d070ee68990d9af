#include "search/internal/lexer.h"

#include "base/text.h"

namespace gyre::search::internal {
namespace {

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsWordChar(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '#' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool IsOperatorChar(char c) {
  return c == '=' || c == '<' || c == '>' || c == '!' || c == '~';
}

}  // namespace

bool Token::IsWord(std::string_view upper) const {
  return kind == Kind::kName && base::EqualsIgnoreCase(text, upper);
}

bool Token::IsQuoted() const {
  return kind == Kind::kName && text.size() >= 2 && text.front() == '"' &&
         text.find('"', 1) != std::string_view::npos && text.back() == '"' && !text.contains("\".");
}

Token Lexer::Take(Token::Kind kind, size_t end) {
  const Token token{kind, text_.substr(next_, end - next_), next_};
  next_ = end;
  return token;
}

/// One past the closing quote; 0 if there is none. A quote is in the text when it is doubled or, but not in backticks,
/// behind a backslash. A backslash at the end of a text is only that, if nothing closes it otherwise; from then on
/// backslashes are taken literally, so that no input is read over and over.
size_t Lexer::EndOfQuoted(size_t begin) {
  const char quote = At(begin);
  for (const bool escapes : {escapes_ && quote != '`', false}) {
    for (size_t i = begin + 1; i < text_.size(); ++i) {
      if (escapes && text_[i] == '\\' && At(i + 1) == quote) {
        ++i;
      } else if (text_[i] == quote) {
        if (At(i + 1) != quote) return i + 1;
        ++i;
      }
    }
    if (!escapes) break;
    escapes_ = false;
  }
  return 0;
}

size_t Lexer::EndOfNumber(size_t begin) const {
  size_t i = begin + (At(begin) == '-' ? 1 : 0);
  size_t digits = 0;
  while (IsDigit(At(i))) ++i, ++digits;
  if (At(i) == '.') {
    ++i;
    while (IsDigit(At(i))) ++i, ++digits;
  }
  if (digits == 0) return 0;
  if (At(i) == 'e' || At(i) == 'E') {
    size_t exponent = i + 1;
    if (At(exponent) == '-' || At(exponent) == '+') ++exponent;
    if (!IsDigit(At(exponent))) return 0;
    while (IsDigit(At(exponent))) ++exponent;
    i = exponent;
  }
  return IsWordChar(At(i)) ? 0 : i;
}

/// Behind "metrics.max" or "metrics.min", the end of "(key)"; otherwise `end`.
size_t Lexer::EndOfCall(size_t begin, size_t part, size_t end) {
  const auto word = text_.substr(part, end - part);
  if (part == begin || At(end) != '(' || (word != "max" && word != "min")) return end;
  const char first = At(end + 1);
  size_t i = end + 1;
  if (first == '`' || first == '"') {
    i = EndOfQuoted(i);
  } else {
    while (IsWordChar(At(i)) || At(i) == '.') ++i;
  }
  return i != 0 && At(i) == ')' ? i + 1 : end;
}

size_t Lexer::EndOfName(size_t begin) {
  size_t end = begin;
  while (true) {
    const size_t part = end;
    const char c = At(part);
    if (c == '`' || c == '"' || (c == '\'' && part != begin)) {
      end = EndOfQuoted(part);
      if (end == 0) return part == begin ? 0 : part;
    } else {
      while (IsWordChar(At(end))) ++end;
      end = EndOfCall(begin, part, end);
    }
    if (At(end) != '.' || end == begin) return end;
    ++end;
  }
}

Token Lexer::Next() {
  while (IsSpace(At(next_))) ++next_;
  if (next_ >= text_.size()) return Take(Token::Kind::kEnd, text_.size());
  const char c = At(next_);
  if (c == '(') return Take(Token::Kind::kLeft, next_ + 1);
  if (c == ')') return Take(Token::Kind::kRight, next_ + 1);
  if (c == ',') return Take(Token::Kind::kComma, next_ + 1);
  size_t end = next_;
  if (IsOperatorChar(c)) {
    while (IsOperatorChar(At(end))) ++end;
    return Take(Token::Kind::kOperator, end);
  }
  if (c == '\'') {
    end = EndOfQuoted(next_);
    return end == 0 ? Take(Token::Kind::kOther, text_.size()) : Take(Token::Kind::kString, end);
  }
  if (IsDigit(c) || c == '-' || c == '.') {
    end = EndOfNumber(next_);
    if (end != 0) return Take(Token::Kind::kNumber, end);
  } else if (IsWordChar(c) || c == '`' || c == '"') {
    end = EndOfName(next_);
    if (end > next_) return Take(Token::Kind::kName, end);
    return Take(Token::Kind::kOther, text_.size());
  }
  end = next_ + 1;
  while (IsWordChar(At(end))) ++end;
  return Take(Token::Kind::kOther, end);
}

}  // namespace gyre::search::internal
