#pragma once

#include <string>
#include <string_view>

namespace gyre::tracing {

/// Appends `text` (valid UTF-8) as a JSON string. Only what JSON demands is escaped, so that a search for words finds
/// them whatever their language.
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace gyre::tracing
