#include "api/mlflow/internal/loose_json.h"

#include <array>

namespace gyre::api::mlflow::internal {
namespace {

/// Numbers of fewer bytes fit into 64 bits or a double, if they are numbers at all.
constexpr size_t kShortNumber = 19;

/// The bytes of the string that begins at `at`, quotes and all.
size_t StringLength(std::string_view text, size_t at) {
  size_t end = at + 1;
  while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
  return std::min(end + 1, text.size()) - at;
}

size_t NumberLength(std::string_view text, size_t at) {
  const size_t end = text.find_first_not_of("+-.0123456789eE", at);
  return (end == std::string_view::npos ? text.size() : end) - at;
}

size_t WordLength(std::string_view text, size_t at) {
  constexpr std::array<std::string_view, 3> kWords = {"NaN", "Infinity", "-Infinity"};
  for (const auto word : kWords) {
    if (text.substr(at).starts_with(word)) return word.size();
  }
  return 0;
}

bool HasExponent(std::string_view number) {
  return number.find_first_of("eE") != std::string_view::npos;
}

}  // namespace

std::string StrictJson(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (size_t at = 0; at < text.size();) {
    size_t length = 1;
    bool quote = false;
    const char c = text[at];
    if (c == '"') {
      length = StringLength(text, at);
    } else if (const size_t word = WordLength(text, at); word > 0) {
      length = word;
      quote = true;
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      length = NumberLength(text, at);
      quote = length >= kShortNumber || HasExponent(text.substr(at, length));
    }
    if (quote) out += '"';
    out += text.substr(at, length);
    if (quote) out += '"';
    at += length;
  }
  return out;
}

}  // namespace gyre::api::mlflow::internal
