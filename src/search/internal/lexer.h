#pragma once

#include <cstddef>
#include <string_view>

namespace gyre::search::internal {

struct Token {
  enum class Kind {
    kEnd,
    kName,    ///< parts joined by dots, each a word or in backticks or quotes; also every keyword
    kString,  ///< in single quotes
    kNumber,
    kOperator,  ///< any run of =<>!~
    kLeft,
    kRight,
    kComma,
    kOther,  ///< nothing that a filter has: one character, or a quote that is never closed
  };
  Kind kind = Kind::kEnd;
  std::string_view text;  ///< as written, quotes too
  size_t position = 0;    ///< from 0, in bytes

  /// A bare word, whatever its case: keywords are names that stand where a name cannot.
  bool IsWord(std::string_view upper) const;
  /// A single part in double quotes: also a value.
  bool IsQuoted() const;
  bool IsText() const { return kind == Kind::kString || IsQuoted(); }
};

/// Cuts a filter into tokens, in one pass.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  Token Next();

 private:
  char At(size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
  size_t EndOfQuoted(size_t begin);
  size_t EndOfNumber(size_t begin) const;
  size_t EndOfName(size_t begin);
  size_t EndOfCall(size_t begin, size_t part, size_t end);
  Token Take(Token::Kind kind, size_t end);

  std::string_view text_;
  size_t next_ = 0;
  bool escapes_ = true;
};

}  // namespace gyre::search::internal
