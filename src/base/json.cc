#include "base/json.h"

#include <cmath>

namespace gyre::base {
namespace {

/// Nesting deeper than `limit` would recurse in the parser's destructor; it is found before anything is built.
bool NestsDeeperThan(std::string_view text, int limit) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > limit) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<Json> ParseJson(std::string_view text, std::string_view what, int max_depth) {
  if (NestsDeeperThan(text, max_depth)) {
    return InvalidArgument(fmt::format("{} nests deeper than {} levels", what, max_depth));
  }
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    return InvalidArgument(fmt::format("{} is not valid JSON (at byte {})", what, error.byte));
  } catch (const Json::exception& error) {
    return InvalidArgument(fmt::format("{} is not valid JSON: {}", what, error.what()));
  }
}

std::string DumpJson(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string PrettyJson(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace gyre::base
