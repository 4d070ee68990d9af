#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gyre::base {

/// A point in UTC time, microseconds since the Unix epoch.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

int64_t ToMicros(Timestamp time);
int64_t ToMillis(Timestamp time);
Timestamp FromMicros(int64_t micros);

/// "2013-10-01T05:00:00Z", with a fraction of three or six digits only where there is one.
std::string FormatTimestamp(Timestamp time);

/// "2013-10-01", the UTC day.
std::string FormatDate(Timestamp time);

/// Reads RFC 3339 ("2013-10-01T05:00:00Z", offsets and fractions allowed, a space for the T) and plain dates.
/// A time without an offset is UTC.
Result<Timestamp> ParseTimestamp(std::string_view text);

/// Reads "250ms", "30s", "5m", "12h", "7d".
Result<std::chrono::microseconds> ParseDuration(std::string_view text);

/// The text that `ParseDuration` reads back as the same duration, of 0 or more, in the largest unit that is exact:
/// "90m", "7d".
std::string DurationText(std::chrono::microseconds duration);

/// "1.2 s", "340 ms": for people.
std::string FormatDuration(std::chrono::microseconds duration);

/// Where the time comes from. Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp Now() const = 0;
  /// Never jumps; for measuring how long something took.
  virtual std::chrono::steady_clock::time_point Monotonic() const = 0;
};

class SystemClock final : public Clock {
 public:
  Timestamp Now() const override;
  std::chrono::steady_clock::time_point Monotonic() const override;
};

}  // namespace gyre::base
