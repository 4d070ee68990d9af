#pragma once

#include <cstdint>

namespace gyre::serve::internal {

enum class NumberScan : uint8_t {
  kNumber,
  kMalformed,  ///< not a number as RFC 8259 writes them
  kTooLarge,   ///< beyond the range of double
};

/// Reads the JSON number that starts at `at`, a digit or a minus sign, and moves `at` past it; if it is malformed, to
/// where it went wrong. The result is the double nearest to the text (one that is too small for a double is a zero).
/// What most callers send takes one multiplication or division of two exact doubles (Clinger 1990, "How to read
/// floating point numbers accurately"); the rest goes through std::from_chars.
NumberScan ScanNumber(const char*& at, const char* end, double& value);

}  // namespace gyre::serve::internal
