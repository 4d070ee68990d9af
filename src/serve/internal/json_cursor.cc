#include "serve/internal/json_cursor.h"

#include "base/text.h"
#include "serve/internal/json_number.h"

namespace gyre::serve::internal {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void AppendUtf8(std::string& out, uint32_t point) {
  const auto byte = [&out](uint32_t value) { out += static_cast<char>(value); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xC0 | point >> 6);
    byte(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    byte(0xE0 | point >> 12);
    byte(0x80 | (point >> 6 & 0x3F));
    byte(0x80 | (point & 0x3F));
  } else {
    byte(0xF0 | point >> 18);
    byte(0x80 | (point >> 12 & 0x3F));
    byte(0x80 | (point >> 6 & 0x3F));
    byte(0x80 | (point & 0x3F));
  }
}

}  // namespace

std::string_view DescribeValue(char first) {
  switch (first) {
    case '"':
      return "a string";
    case '{':
      return "an object";
    case '[':
      return "an array";
    case 't':
    case 'f':
      return "a boolean";
    case 'n':
      return "null";
    default:
      return (first >= '0' && first <= '9') || first == '-' ? "a number" : "";
  }
}

void JsonCursor::Begin(std::string_view document, std::string& unescaped) {
  begin_ = at_ = document.data();
  end_ = begin_ + document.size();
  unescaped_ = &unescaped;
  error_.reset();
}

bool JsonCursor::ReadText(std::string_view& text) {
  const char* const start = at_;
  unsigned seen = 0;
  for (; at_ < end_; ++at_) {
    const auto byte = static_cast<unsigned char>(*at_);
    if (byte == '"') {
      text = std::string_view(start, static_cast<size_t>(at_ - start));
      if (seen >= 0x80 && !base::IsValidUtf8(text)) return Malformed("the text that ends here is not UTF-8");
      ++at_;
      return true;
    }
    if (byte == '\\') return Unescape(start, text);
    if (byte < 0x20) return Malformed("a control character in a text must be escaped");
    seen |= byte;
  }
  return Malformed("it ends within a text");
}

/// The rest of a text from its first backslash on. What is appended to `unescaped_` never moves: an escape is never
/// shorter than what it stands for, so a capacity of the document's size is enough for all of them.
bool JsonCursor::Unescape(const char* start, std::string_view& text) {
  std::string& out = *unescaped_;
  if (out.empty()) out.reserve(static_cast<size_t>(end_ - begin_));
  const size_t from = out.size();
  out.append(start, at_);
  while (at_ < end_) {
    const char c = *at_++;
    if (c == '"') {
      text = std::string_view(out).substr(from);
      return base::IsValidUtf8(text) || Malformed("the text that ends here is not UTF-8");
    }
    if (static_cast<unsigned char>(c) < 0x20) return Malformed("a control character in a text must be escaped");
    if (c != '\\') {
      out += c;
    } else if (!TakeEscape()) {
      return false;
    }
  }
  return Malformed("it ends within a text");
}

bool JsonCursor::TakeEscape() {
  constexpr std::string_view kShort = "\"\\/bfnrt";
  constexpr std::string_view kMeaning = "\"\\/\b\f\n\r\t";
  if (at_ == end_) return Malformed("it ends within a text");
  const char c = *at_++;
  if (c == 'u') return TakeUnicodeEscape();
  const size_t which = kShort.find(c);
  if (which == std::string_view::npos) return Malformed("a backslash is followed by what is no escape");
  *unescaped_ += kMeaning[which];
  return true;
}

bool JsonCursor::TakeUnicodeEscape() {
  uint32_t point = 0;
  if (!TakeCodeUnit(point)) return false;
  if (point == 0) return Malformed("the character U+0000 is not taken in texts");
  if (point >= 0xDC00 && point <= 0xDFFF) return Malformed("half of a surrogate pair stands alone");
  if (point >= 0xD800 && point < 0xDC00 && !TakeLowSurrogate(point)) return false;
  AppendUtf8(*unescaped_, point);
  return true;
}

bool JsonCursor::TakeLowSurrogate(uint32_t& point) {
  uint32_t low = 0;
  if (!Take("\\u")) return Malformed("half of a surrogate pair stands alone");
  if (!TakeCodeUnit(low)) return false;
  if (low < 0xDC00 || low > 0xDFFF) return Malformed("half of a surrogate pair stands alone");
  point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
  return true;
}

bool JsonCursor::TakeCodeUnit(uint32_t& unit) {
  unit = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const int digit = at_ < end_ ? HexDigit(*at_) : -1;
    if (digit < 0) return Malformed("\\u needs four hexadecimal digits");
    unit = unit << 4 | static_cast<uint32_t>(digit);
  }
  return true;
}

bool JsonCursor::ReadNumber(double& value, std::string_view& token) {
  const char* const start = at_;
  const NumberScan scan = ScanNumber(at_, end_, value);
  if (scan == NumberScan::kMalformed) {
    return Malformed("expected a number as JSON writes them, like -12.5 or 3e8");
  }
  if (scan == NumberScan::kTooLarge) value = std::numeric_limits<double>::infinity();
  token = std::string_view(start, static_cast<size_t>(at_ - start));
  return true;
}

bool JsonCursor::Malformed(std::string_view why) {
  return Fail(
      base::InvalidArgument(fmt::format("the body is not valid JSON at byte {}: {}", at_ - begin_, why), "body"));
}

bool JsonCursor::Fail(base::Error error) {
  error_ = std::move(error);
  return false;
}

}  // namespace gyre::serve::internal
