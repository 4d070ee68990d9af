#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "engine/value.h"

namespace gyre::data::internal {

// How the text of a CSV field reads as a value. Spaces around numbers, booleans and timestamps do not count.

/// Digits with an optional minus sign, within 64 bits.
std::optional<int64_t> ReadInteger(std::string_view text);
/// Decimal notation with an optional sign, fraction and exponent; finite.
std::optional<double> ReadNumber(std::string_view text);
/// true or false, in any case.
std::optional<bool> ReadBoolean(std::string_view text);
/// RFC 3339, or a date alone; without an offset it is UTC.
std::optional<base::Timestamp> ReadTimestamp(std::string_view text);

/// Finds the narrowest type that all values of one column have, looking at every one of them. A type that would lose
/// something is not taken: "007" is text (leading zeros), as is an integer over 64 bits.
class TypeGuess {
 public:
  void See(std::string_view text, uint64_t line);

  /// Text if nothing was seen.
  engine::DataType Type() const;
  uint64_t seen() const { return seen_; }

  /// For a column that is text though most of its values are numbers: which value stood in the way. Empty otherwise.
  std::string Note(std::string_view column) const;

 private:
  uint64_t seen_ = 0;
  uint64_t numbers_ = 0;
  bool may_be_boolean_ = true;
  bool may_be_integer_ = true;
  bool may_be_timestamp_ = true;
  std::string first_other_;  ///< the first value that is not a number
  uint64_t first_other_line_ = 0;
};

}  // namespace gyre::data::internal
