#include "http/internal/request_head.h"

#include "base/text.h"

namespace gyre::http::internal {
namespace {

using base::ErrorCode;

enum ByteClass : uint8_t {
  kToken = 1,   ///< of methods and field names
  kTarget = 2,  ///< printable ASCII without the space
  kValue = 4,   ///< of field values: no control bytes but the tab
};

constexpr std::array<uint8_t, 256> kClasses = [] {
  std::array<uint8_t, 256> classes{};
  for (int c = 0; c < 256; ++c) {
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    const bool symbol = std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
    uint8_t bits = 0;
    if (alnum || symbol) bits |= kToken;
    if (c > 0x20 && c < 0x7f) bits |= kTarget;
    if ((c >= 0x20 && c != 0x7f) || c == '\t') bits |= kValue;
    classes[static_cast<size_t>(c)] = bits;
  }
  return classes;
}();

bool Is(char c, ByteClass wanted) {
  return (kClasses[static_cast<unsigned char>(c)] & wanted) != 0;
}

bool All(std::string_view text, ByteClass wanted) {
  return std::ranges::all_of(text, [wanted](char c) { return Is(c, wanted); });
}

/// `lower` is in lower case; a comparison of header names without a table.
bool EqualsLower(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((text[i] | 0x20) != lower[i]) return false;
  }
  return true;
}

std::string_view TrimSpaces(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

enum class Step { kDone, kIncomplete, kRefused };

class Parser {
 public:
  Parser(std::string_view bytes, const HeadLimits& limits, RequestHead& head)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()), limits_(limits), head_(head) {}

  Step Parse() {
    for (auto line = &Parser::RequestLine;; line = &Parser::Field) {
      const Step step = (this->*line)();
      if (step != Step::kDone) return step;
      if (ended_) return CheckFraming();
    }
  }
  const char* at() const { return at_; }
  Refusal TakeRefusal() { return std::move(*refusal_); }

 private:
  Step Refuse(int status, ErrorCode code, std::string_view why, std::string_view name) {
    refusal_ = Refusal{status, base::Error(code, std::string(why), std::string(name))};
    return Step::kRefused;
  }
  Step Malformed(std::string_view why, std::string_view name) {
    return Refuse(400, ErrorCode::kInvalidArgument, why, name);
  }

  /// The run of bytes of a class from here, which it passes over.
  std::string_view Run(ByteClass wanted) {
    const char* start = at_;
    while (at_ < end_ && Is(*at_, wanted)) ++at_;
    return {start, static_cast<size_t>(at_ - start)};
  }

  Step SkipEmptyLines();
  Step RequestLine();
  Step Version();
  Step LineEnd(std::string_view name);
  Step Field();
  Step KnownField(const HeaderField& field);
  Step ContentLength(std::string_view value);
  Step CheckFraming();

  const char* at_;
  const char* const end_;
  const HeadLimits& limits_;
  RequestHead& head_;
  std::optional<Refusal> refusal_;
  bool ended_ = false;
  int hosts_ = 0;
};

Step Parser::SkipEmptyLines() {
  while (at_ < end_ && *at_ == '\r') {
    if (end_ - at_ < 2) return Step::kIncomplete;
    if (at_[1] != '\n') return Malformed("a CR without LF before the request line", "request line");
    at_ += 2;
  }
  return Step::kDone;
}

/// "\r\n", and nothing else, ends a line.
Step Parser::LineEnd(std::string_view name) {
  if (at_ == end_) return Step::kIncomplete;
  if (*at_ == '\n') return Malformed("a line ends with LF alone; lines must end with CR LF", name);
  if (*at_ != '\r') return Malformed("a byte that is not allowed here", name);
  if (end_ - at_ < 2) return Step::kIncomplete;
  if (at_[1] != '\n') return Malformed("a CR without LF", name);
  at_ += 2;
  return Step::kDone;
}

Step Parser::RequestLine() {
  if (const Step step = SkipEmptyLines(); step != Step::kDone) return step;
  const auto method = Run(kToken);
  if (method.size() > 32) return Malformed("not an HTTP request: the method is too long", "method");
  if (at_ == end_) return Step::kIncomplete;
  if (*at_ != ' ' || method.empty()) return Malformed("not an HTTP request: expected a method and a space", "method");
  ++at_;
  head_.target = Run(kTarget);
  if (head_.target.size() > limits_.target) {
    return Refuse(414, ErrorCode::kTooLarge, fmt::format("the target is over {} bytes", limits_.target), "target");
  }
  if (at_ == end_) return Step::kIncomplete;
  if (*at_ != ' ' || head_.target.empty()) {
    return Malformed("the target must be printable ASCII between two spaces; percent-encode the rest", "target");
  }
  ++at_;
  if (const Step step = Version(); step != Step::kDone) return step;
  const auto known = ParseMethod(method);
  if (!known) {
    return Refuse(501, ErrorCode::kUnimplemented, fmt::format("the method {} is not known here", method), "method");
  }
  head_.method = *known;
  return Step::kDone;
}

Step Parser::Version() {
  constexpr std::string_view kVersion = "HTTP/1.";
  const std::string_view rest(at_, static_cast<size_t>(end_ - at_));
  if (rest.substr(0, kVersion.size()) != kVersion.substr(0, rest.size())) {
    if (rest.starts_with("HTTP/") && rest.size() > 5 && rest[5] >= '0' && rest[5] <= '9') {
      return Refuse(505, ErrorCode::kUnsupported, "only HTTP/1.0 and HTTP/1.1 are spoken here", "version");
    }
    return Malformed("the request line must end with HTTP/1.1", "version");
  }
  if (rest.size() <= kVersion.size()) return Step::kIncomplete;
  const char minor = rest[kVersion.size()];
  if (minor < '0' || minor > '9') return Malformed("the request line must end with HTTP/1.1", "version");
  head_.minor_version = minor == '0' ? 0 : 1;  // a later 1.x must be read as 1.1
  head_.keep_alive = head_.minor_version == 1;
  at_ += kVersion.size() + 1;
  return LineEnd("version");
}

Step Parser::Field() {
  if (at_ == end_) return Step::kIncomplete;
  if (*at_ == '\r' || *at_ == '\n') {
    const Step step = LineEnd("header");
    ended_ = step == Step::kDone;
    return step;
  }
  if (*at_ == ' ' || *at_ == '\t')
    return Malformed("a header line starts with a space: folded lines are refused", "header");
  const auto name = Run(kToken);
  if (at_ == end_) return Step::kIncomplete;
  if (*at_ != ':' || name.empty()) {
    return Malformed("a header line must be a name, directly followed by a colon", name.substr(0, 64));
  }
  ++at_;
  const auto value = Run(kValue);
  if (const Step step = LineEnd(name.substr(0, 64)); step != Step::kDone) return step;
  if (head_.field_count == kMaxHeaderFields) {
    return Refuse(431, ErrorCode::kTooLarge, fmt::format("over {} header lines", kMaxHeaderFields), "headers");
  }
  return KnownField(head_.field_storage[head_.field_count++] = {name, TrimSpaces(value)});
}

/// The fields that say where the message ends and what becomes of the connection.
Step Parser::KnownField(const HeaderField& field) {
  switch (field.name.size()) {
    case 4:
      if (EqualsLower(field.name, "host")) ++hosts_;
      return Step::kDone;
    case 6:
      if (!EqualsLower(field.name, "expect")) return Step::kDone;
      if (!EqualsLower(field.value, "100-continue")) {
        return Refuse(417, ErrorCode::kUnsupported, "only \"100-continue\" can be expected", "Expect");
      }
      head_.expects_continue = true;
      return Step::kDone;
    case 10:
      if (!EqualsLower(field.name, "connection")) return Step::kDone;
      if (ListHas(field.value, "close")) {
        head_.keep_alive = false;
      } else if (head_.minor_version == 0 && ListHas(field.value, "keep-alive")) {
        head_.keep_alive = true;
      }
      return Step::kDone;
    case 14:
      return EqualsLower(field.name, "content-length") ? ContentLength(field.value) : Step::kDone;
    case 17:
      if (!EqualsLower(field.name, "transfer-encoding")) return Step::kDone;
      if (head_.chunked) return Malformed("Transfer-Encoding was sent twice", "Transfer-Encoding");
      if (!EqualsLower(field.value, "chunked")) {
        return Refuse(501, ErrorCode::kUnimplemented, "the only transfer coding read here is chunked",
                      "Transfer-Encoding");
      }
      head_.chunked = true;
      return Step::kDone;
    default:
      return Step::kDone;
  }
}

Step Parser::ContentLength(std::string_view value) {
  if (head_.content_length) return Malformed("Content-Length was sent twice", "Content-Length");
  constexpr size_t kMaxDigits = 18;
  if (value.empty() || value.size() > kMaxDigits) return Malformed("Content-Length is not a number", "Content-Length");
  uint64_t length = 0;
  for (const char c : value) {
    if (c < '0' || c > '9') return Malformed("Content-Length must be digits only", "Content-Length");
    length = length * 10 + static_cast<uint64_t>(c - '0');
  }
  head_.content_length = length;
  return Step::kDone;
}

Step Parser::CheckFraming() {
  if (head_.chunked && head_.content_length) {
    return Malformed("Content-Length and Transfer-Encoding exclude each other", "Transfer-Encoding");
  }
  if (head_.chunked && head_.minor_version == 0) {
    return Malformed("HTTP/1.0 has no Transfer-Encoding", "Transfer-Encoding");
  }
  if (hosts_ > 1) return Malformed("Host was sent twice", "Host");
  if (hosts_ == 0 && head_.minor_version == 1) return Malformed("HTTP/1.1 requests need a Host header", "Host");
  return Step::kDone;
}

}  // namespace

bool ListHas(std::string_view list, std::string_view word) {
  while (true) {
    const auto comma = list.find(',');
    if (EqualsLower(TrimSpaces(list.substr(0, comma)), word)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

bool IsToken(std::string_view text) {
  return !text.empty() && All(text, kToken);
}

bool IsFieldValue(std::string_view text) {
  return All(text, kValue);
}

std::string_view RequestHead::Find(std::string_view name) const {
  for (const auto& field : fields()) {
    if (field.name.size() == name.size() && base::EqualsIgnoreCase(field.name, name)) return field.value;
  }
  return {};
}

std::expected<size_t, Refusal> ParseRequestHead(std::string_view bytes, const HeadLimits& limits, RequestHead& head) {
  head.keep_alive = true;
  head.chunked = false;
  head.expects_continue = false;
  head.content_length.reset();
  head.field_count = 0;
  Parser parser(bytes, limits, head);
  const Step step = parser.Parse();
  if (step == Step::kRefused) return std::unexpected(parser.TakeRefusal());
  const auto size = step == Step::kDone ? static_cast<size_t>(parser.at() - bytes.data()) : 0;
  if (size > limits.bytes || (size == 0 && bytes.size() >= limits.bytes)) {
    return std::unexpected(Refusal{
        431, base::Error(ErrorCode::kTooLarge, fmt::format("the header is over {} bytes", limits.bytes), "headers")});
  }
  return size;
}

}  // namespace gyre::http::internal
