#include "base/time.h"

#include <charconv>

namespace gyre::base {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::microseconds;

/// Takes exactly `digits` decimal digits from the front of `text`.
bool TakeNumber(std::string_view& text, size_t digits, int& value) {
  if (text.size() < digits) return false;
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): the end is the other argument
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (error != std::errc() || end != text.data() + digits || text[0] == '-') return false;
  text.remove_prefix(digits);
  return true;
}

bool TakeChar(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// A fraction of a second after its dot: up to nine digits, cut to microseconds.
bool TakeFraction(std::string_view& text, microseconds& fraction) {
  int64_t micros = 0;
  size_t digits = 0;
  while (!text.empty() && text[0] >= '0' && text[0] <= '9' && digits < 9) {
    if (digits < 6) micros = micros * 10 + (text[0] - '0');
    text.remove_prefix(1);
    ++digits;
  }
  for (size_t i = digits; i < 6; ++i) micros *= 10;
  fraction = microseconds(micros);
  return digits > 0;
}

bool TakeOffset(std::string_view& text, std::chrono::minutes& offset) {
  offset = {};
  if (text.empty() || TakeChar(text, "Zz")) return true;
  const bool negative = text[0] == '-';
  if (!TakeChar(text, "+-")) return false;
  int hours = 0;
  int minutes = 0;
  if (!TakeNumber(text, 2, hours)) return false;
  TakeChar(text, ":");
  if (!text.empty() && !TakeNumber(text, 2, minutes)) return false;
  if (hours > 23 || minutes > 59) return false;
  offset = std::chrono::minutes((hours * 60 + minutes) * (negative ? -1 : 1));
  return true;
}

}  // namespace

int64_t ToMicros(Timestamp time) {
  return time.time_since_epoch().count();
}
int64_t ToMillis(Timestamp time) {
  return floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}
Timestamp FromMicros(int64_t micros) {
  return Timestamp(microseconds(micros));
}

std::string FormatDate(Timestamp time) {
  const std::chrono::year_month_day date(floor<days>(time));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string FormatTimestamp(Timestamp time) {
  const int64_t in_day = (time - floor<days>(time)).count();
  const int64_t seconds = in_day / 1'000'000;
  const int64_t micros = in_day % 1'000'000;
  auto text = fmt::format("{}T{:02}:{:02}:{:02}", FormatDate(time), seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (micros % 1000 != 0) {
    text += fmt::format(".{:06}", micros);
  } else if (micros != 0) {
    text += fmt::format(".{:03}", micros / 1000);
  }
  return text + "Z";
}

Result<Timestamp> ParseTimestamp(std::string_view text) {
  const std::string_view whole = text;
  const auto invalid = [whole] {
    return InvalidArgument(fmt::format("'{}' is not a time; write it like 2013-10-01T05:00:00Z", whole.substr(0, 64)));
  };
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!TakeNumber(text, 4, year) || !TakeChar(text, "-") || !TakeNumber(text, 2, month) || !TakeChar(text, "-") ||
      !TakeNumber(text, 2, day)) {
    return invalid();
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return invalid();
  Timestamp time = std::chrono::sys_days(date);
  if (text.empty()) return time;

  microseconds fraction{};
  std::chrono::minutes offset{};
  if (!TakeChar(text, "Tt ") || !TakeNumber(text, 2, hour) || !TakeChar(text, ":") || !TakeNumber(text, 2, minute)) {
    return invalid();
  }
  if (TakeChar(text, ":")) {
    if (!TakeNumber(text, 2, second)) return invalid();
    if (TakeChar(text, ".") && !TakeFraction(text, fraction)) return invalid();
  }
  if (hour > 23 || minute > 59 || second > 60 || !TakeOffset(text, offset) || !text.empty()) return invalid();
  return time + std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second) + fraction -
         offset;
}

Result<microseconds> ParseDuration(std::string_view text) {
  double amount = 0;
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): the end is the other argument
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  double scale = 0;
  if (unit == "us") scale = 1;
  if (unit == "ms") scale = 1e3;
  if (unit == "s") scale = 1e6;
  if (unit == "m") scale = 60e6;
  if (unit == "h") scale = 3600e6;
  if (unit == "d") scale = 86400e6;
  if (error != std::errc() || scale == 0 || !(amount >= 0) || amount * scale > 9e18) {
    return InvalidArgument(
        fmt::format("'{}' is not a duration; write it like 250ms, 30s, 5m, 12h or 7d", text.substr(0, 64)));
  }
  return microseconds(static_cast<int64_t>(amount * scale));
}

std::string DurationText(microseconds duration) {
  constexpr std::array<std::pair<int64_t, const char*>, 5> kUnits = {
      {{86'400'000'000, "d"}, {3'600'000'000, "h"}, {60'000'000, "m"}, {1'000'000, "s"}, {1000, "ms"}}};
  for (const auto& [size, unit] : kUnits) {
    if (duration.count() != 0 && duration.count() % size == 0)
      return fmt::format("{}{}", duration.count() / size, unit);
  }
  return duration.count() == 0 ? "0s" : fmt::format("{}us", duration.count());
}

std::string FormatDuration(microseconds duration) {
  const double seconds = static_cast<double>(duration.count()) / 1e6;
  if (seconds < 1e-3) return fmt::format("{} us", duration.count());
  if (seconds < 1) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 120) return fmt::format("{:.1f} s", seconds);
  return fmt::format("{:.0f} min", seconds / 60);
}

Timestamp SystemClock::Now() const {
  return floor<microseconds>(std::chrono::system_clock::now());
}
std::chrono::steady_clock::time_point SystemClock::Monotonic() const {
  return std::chrono::steady_clock::now();
}

}  // namespace gyre::base
