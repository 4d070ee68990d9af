#include "serve/internal/json_number.h"

#include <charconv>

namespace gyre::serve::internal {
namespace {

constexpr std::array<double, 23> kExactPowersOfTen = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                      1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                      1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr uint64_t kLargestExact = 1ULL << 53;
constexpr int64_t kExponentLimit = 1'000'000'000;  ///< beyond any double, and sums of two stay in range

bool IsDigit(const char* at, const char* end) {
  return at < end && *at >= '0' && *at <= '9';
}

/// A number taken apart: value = mantissa * 10^exponent, unless there were more digits than the mantissa holds.
struct Decimal {
  uint64_t mantissa = 0;
  int64_t exponent = 0;
  int64_t digits = 0;
};

void TakeDigits(const char*& at, const char* end, Decimal& decimal) {
  const char* const start = at;
  uint64_t mantissa = decimal.mantissa;
  for (; IsDigit(at, end); ++at) mantissa = mantissa * 10 + static_cast<uint64_t>(*at - '0');
  decimal.mantissa = mantissa;
  decimal.digits += at - start;
}

bool TakeInteger(const char*& at, const char* end, Decimal& decimal) {
  if (!IsDigit(at, end)) return false;
  if (*at == '0') {
    decimal.digits = 1;
    return !IsDigit(++at, end);
  }
  TakeDigits(at, end, decimal);
  return true;
}

bool TakeFraction(const char*& at, const char* end, Decimal& decimal) {
  if (at == end || *at != '.') return true;
  const char* const start = ++at;
  TakeDigits(at, end, decimal);
  decimal.exponent = start - at;
  return at != start;
}

bool TakeExponent(const char*& at, const char* end, Decimal& decimal) {
  if (at == end || (*at != 'e' && *at != 'E')) return true;
  ++at;
  const bool negative = at < end && *at == '-';
  if (at < end && (*at == '-' || *at == '+')) ++at;
  if (!IsDigit(at, end)) return false;
  int64_t exponent = 0;
  for (; IsDigit(at, end); ++at) exponent = std::min(exponent * 10 + (*at - '0'), kExponentLimit);
  decimal.exponent += negative ? -exponent : exponent;
  return true;
}

/// from_chars does not say whether a number out of range was too large or too small: its decimal magnitude does.
bool IsLarge(const char* start, const char* end, const Decimal& decimal) {
  const char* at = start + (*start == '-' ? 1 : 0);
  int64_t skipped = 0;
  for (; at < end && (*at == '0' || *at == '.'); ++at) skipped += *at == '0' ? 1 : 0;
  return decimal.digits - skipped + decimal.exponent > 0;
}

}  // namespace

NumberScan ScanNumber(const char*& at, const char* end, double& value) {
  const char* const start = at;
  const bool negative = at < end && *at == '-';
  if (negative) ++at;
  Decimal decimal;
  if (!TakeInteger(at, end, decimal) || !TakeFraction(at, end, decimal) || !TakeExponent(at, end, decimal)) {
    return NumberScan::kMalformed;
  }
  const bool exact =
      decimal.digits <= 19 && decimal.mantissa <= kLargestExact && decimal.exponent >= -22 && decimal.exponent <= 22;
  if (exact) {
    const auto mantissa = static_cast<double>(decimal.mantissa);
    value = decimal.exponent < 0 ? mantissa / kExactPowersOfTen[static_cast<size_t>(-decimal.exponent)]
                                 : mantissa * kExactPowersOfTen[static_cast<size_t>(decimal.exponent)];
    if (negative) value = -value;
    return NumberScan::kNumber;
  }
  if (std::from_chars(start, at, value).ec == std::errc()) return NumberScan::kNumber;
  value = negative ? -0.0 : 0.0;
  return IsLarge(start, at, decimal) ? NumberScan::kTooLarge : NumberScan::kNumber;
}

}  // namespace gyre::serve::internal
