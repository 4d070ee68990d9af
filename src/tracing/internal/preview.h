#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gyre::tracing::internal {

/// The first `limit` characters.
std::string_view FirstCharacters(std::string_view text, size_t limit);

/// What lists of traces show of an input or output, which is a JSON text: of a chat the last message of `role` (or the
/// last one at all), of anything else the text itself; at most TraceLimits::kPreview characters.
std::string Preview(std::string_view json, std::string_view role);

/// The text of a JSON string, anything else as it is written.
std::string PlainText(std::string_view json);

}  // namespace gyre::tracing::internal
