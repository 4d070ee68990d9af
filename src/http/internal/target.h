#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/internal/refusal.h"

namespace gyre::http::internal {

/// The parts of a request's target, as sent. Views into it.
struct Target {
  std::string_view path;   ///< starts with '/'; "*" for OPTIONS
  std::string_view query;  ///< after the '?'
};

/// Splits an origin-form ("/a?b=c") or absolute-form ("http://host/a?b=c") target whose bytes are printable ASCII, and
/// checks it: percent-encoding that decodes to UTF-8 without control bytes (in the query only NUL is refused), no '#',
/// no "." or ".." segment however it is encoded, no empty segment but the last.
std::optional<Refusal> SplitTarget(std::string_view target, Target& parts);

/// Appends `text` without its percent-encoding; false if that is malformed. In a query '+' means a space.
bool AppendDecoded(std::string_view text, bool plus_is_space, std::string& out);

/// Calls `visit(name, value)`, both encoded, for each pair of a query until it returns false.
template <class Visit>
void ForEachQueryPair(std::string_view query, Visit visit) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    const auto equals = pair.find('=');
    const auto value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    if (!pair.empty() && !visit(pair.substr(0, equals), value)) return;
    if (end == std::string_view::npos) return;
    query.remove_prefix(end + 1);
  }
}

}  // namespace gyre::http::internal
