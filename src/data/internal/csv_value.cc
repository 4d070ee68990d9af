#include "data/internal/csv_value.h"

#include <charconv>

#include "base/text.h"

namespace gyre::data::internal {
namespace {

using engine::DataType;

std::string_view TrimBlanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

size_t CountDigits(std::string_view text, size_t at) {
  size_t count = 0;
  while (at + count < text.size() && IsDigit(text[at + count])) ++count;
  return count;
}

/// Numbers as people write them: no "inf", no hexadecimal, which from_chars would take or half take.
bool IsDecimal(std::string_view text) {
  size_t at = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  const size_t whole = CountDigits(text, at);
  at += whole;
  size_t fraction = 0;
  if (at < text.size() && text[at] == '.') {
    fraction = CountDigits(text, at + 1);
    at += 1 + fraction;
  }
  if (whole + fraction == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const size_t exponent = CountDigits(text, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == text.size();
}

bool HasLeadingZero(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && IsDigit(text[1]);
}

/// An integer that only its digits hold exactly: doubles keep 15 to 17 of them.
bool IsLongInteger(std::string_view text) {
  return text.size() > 15 && text.find_first_of(".eE") == std::string_view::npos;
}

}  // namespace

std::optional<int64_t> ReadInteger(std::string_view text) {
  text = TrimBlanks(text);
  if (text.empty() || !(IsDigit(text.back()))) return std::nullopt;
  return base::ParseInt(text);
}

std::optional<double> ReadNumber(std::string_view text) {
  text = TrimBlanks(text);
  if (!IsDecimal(text)) return std::nullopt;
  if (text.front() == '+') text.remove_prefix(1);
  return base::ParseDouble(text);
}

std::optional<bool> ReadBoolean(std::string_view text) {
  text = TrimBlanks(text);
  if (base::EqualsIgnoreCase(text, "true")) return true;
  if (base::EqualsIgnoreCase(text, "false")) return false;
  return std::nullopt;
}

std::optional<base::Timestamp> ReadTimestamp(std::string_view text) {
  text = TrimBlanks(text);
  // Spares most texts the cost of an error message.
  if (text.size() < 10 || text.size() > 40 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto time = base::ParseTimestamp(text);
  return time ? std::optional(*time) : std::nullopt;
}

void TypeGuess::See(std::string_view text, uint64_t line) {
  ++seen_;
  const auto trimmed = TrimBlanks(text);
  const bool exact = !HasLeadingZero(trimmed);
  if (may_be_boolean_) may_be_boolean_ = ReadBoolean(trimmed).has_value();
  if (may_be_timestamp_) may_be_timestamp_ = ReadTimestamp(trimmed).has_value();
  const bool integer = exact && ReadInteger(trimmed).has_value();
  const bool number = exact && !IsLongInteger(trimmed) && (integer || ReadNumber(trimmed).has_value());
  may_be_integer_ &= integer;
  numbers_ += number ? 1 : 0;
  if (!number && first_other_line_ == 0) {
    first_other_ = text.substr(0, 40);
    first_other_line_ = line;
  }
}

DataType TypeGuess::Type() const {
  if (seen_ == 0) return DataType::kText;
  if (may_be_boolean_) return DataType::kBoolean;
  if (may_be_integer_) return DataType::kInteger;
  if (numbers_ == seen_) return DataType::kNumber;
  if (may_be_timestamp_) return DataType::kTimestamp;
  return DataType::kText;
}

std::string TypeGuess::Note(std::string_view column) const {
  if (seen_ == 0)
    return fmt::format("column '{}' has no values; it is taken for text unless types says otherwise", column);
  if (Type() != DataType::kText || numbers_ * 2 < seen_) return {};
  return fmt::format(
      "column '{}' is text because {} of its {} values are not numbers, the first '{}' on line {}; if that stands for "
      "a missing value, list it under nulls",
      column, seen_ - numbers_, seen_, first_other_, first_other_line_);
}

}  // namespace gyre::data::internal
