#include "http/internal/target.h"

#include "base/text.h"

namespace gyre::http::internal {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

Refusal Malformed(std::string_view why) {
  return {400, base::InvalidArgument(std::string(why), "target")};
}

bool HasControl(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
}

bool HasDotSegment(std::string_view path) {
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto segment = path.substr(0, slash);
    if (segment == "." || segment == "..") return true;
    if (slash == std::string_view::npos) return false;
    path.remove_prefix(slash + 1);
  }
  return false;
}

std::optional<Refusal> CheckPath(std::string_view path) {
  if (path.find("//") != std::string_view::npos) return Malformed("the path has an empty segment (\"//\")");
  const bool encoded = path.find('%') != std::string_view::npos;
  if (!encoded && path.find("/.") == std::string_view::npos) return std::nullopt;
  std::string decoded;
  if (!AppendDecoded(path, false, decoded)) return Malformed("a '%' in the path is not followed by two hex digits");
  if (HasControl(decoded)) return Malformed("the path decodes to a control byte");
  if (!base::IsValidUtf8(decoded)) return Malformed("the path does not decode to UTF-8");
  if (HasDotSegment(decoded)) return Malformed("the path has a \".\" or \"..\" segment; send it resolved");
  return std::nullopt;
}

std::optional<Refusal> CheckQuery(std::string_view query) {
  if (query.find('%') == std::string_view::npos) return std::nullopt;
  std::string decoded;
  if (!AppendDecoded(query, true, decoded)) return Malformed("a '%' in the query is not followed by two hex digits");
  if (decoded.find('\0') != std::string::npos) return Malformed("the query decodes to a NUL byte");
  if (!base::IsValidUtf8(decoded)) return Malformed("the query does not decode to UTF-8");
  return std::nullopt;
}

/// What follows the authority of "http://host:port/path?query", which may be nothing.
std::string_view AfterAuthority(std::string_view target, size_t scheme) {
  target.remove_prefix(scheme);
  const auto end = target.find_first_of("/?");
  return end == std::string_view::npos ? std::string_view() : target.substr(end);
}

}  // namespace

bool AppendDecoded(std::string_view text, bool plus_is_space, std::string& out) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return false;
      const int high = HexValue(text[i + 1]);
      const int low = HexValue(text[i + 2]);
      if (high < 0 || low < 0) return false;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' && plus_is_space ? ' ' : text[i];
    }
  }
  return true;
}

std::optional<Refusal> SplitTarget(std::string_view target, Target& parts) {
  if (target.find('#') != std::string_view::npos) return Malformed("the target has a '#'; send it as %23");
  if (!target.starts_with('/') && target != "*") {
    const bool plain = base::EqualsIgnoreCase(target.substr(0, 7), "http://");
    const bool secure = base::EqualsIgnoreCase(target.substr(0, 8), "https://");
    if (!plain && !secure) return Malformed("the target must start with '/' or be an http URL");
    target = AfterAuthority(target, plain ? 7 : 8);
  }
  const auto question = target.find('?');
  parts.path = target.substr(0, question);
  parts.query = question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
  if (parts.path.empty()) parts.path = "/";
  if (auto refused = CheckPath(parts.path)) return refused;
  return CheckQuery(parts.query);
}

}  // namespace gyre::http::internal
