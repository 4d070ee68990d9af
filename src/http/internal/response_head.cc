#include "http/internal/response_head.h"

#include <charconv>

#include "base/text.h"
#include "http/internal/request_head.h"

namespace gyre::http::internal {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void AppendNumber(uint64_t number, std::string& out) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void AppendStatusLine(int status, std::string& out) {
  if (status == 200) {
    out += "HTTP/1.1 200 OK\r\n";
    return;
  }
  out += "HTTP/1.1 ";
  AppendNumber(static_cast<uint64_t>(status), out);
  out += ' ';
  out += ReasonPhrase(status);
  out += "\r\n";
}

void AppendField(std::string_view name, std::string_view value, std::string& out) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

/// Fields by which the server frames the message: a second one would let two readers disagree.
bool IsServers(std::string_view name) {
  static constexpr std::array<std::string_view, 6> kNames = {"content-length", "transfer-encoding", "connection",
                                                             "date",           "content-type",      "x-request-id"};
  return std::ranges::any_of(kNames, [name](std::string_view own) { return base::EqualsIgnoreCase(name, own); });
}

}  // namespace

std::string_view DateLine::At(base::Timestamp now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  if (second != second_ || text_.empty()) {
    second_ = second;
    const auto day = std::chrono::floor<std::chrono::days>(second);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(second - day);
    text_ = fmt::format("Date: {}, {:02} {} {:04} {:02}:{:02}:{:02} GMT\r\n",
                        kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                        kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                        time.hours().count(), time.minutes().count(), time.seconds().count());
  }
  return text_;
}

bool IsBodiless(int status) {
  return status < 200 || status == 204 || status == 304;
}

std::string_view AppendResponseHead(const Response& response, const HeadFacts& facts, std::string& out) {
  AppendStatusLine(response.status, out);
  if (!IsBodiless(response.status)) {
    if (!response.content_type.empty()) AppendField("Content-Type", response.content_type, out);
    out += "Content-Length: ";
    AppendNumber(facts.content_length, out);
    out += "\r\n";
  }
  out += facts.date_line;
  AppendField("X-Request-Id", facts.request_id, out);
  if (!facts.keep_alive) {
    out += "Connection: close\r\n";
  } else if (facts.minor_version == 0) {
    out += "Connection: keep-alive\r\n";
  }
  std::string_view left_out;
  for (const auto& [name, value] : response.headers) {
    if (IsToken(name) && IsFieldValue(value) && !IsServers(name)) {
      AppendField(name, value, out);
    } else {
      left_out = name;
    }
  }
  out += "\r\n";
  return left_out;
}

}  // namespace gyre::http::internal
