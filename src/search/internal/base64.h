#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gyre::search::internal {

/// With padding, as RFC 4648 has it.
std::string Base64Encode(std::string_view bytes);
/// Nothing for text that is no such encoding.
std::optional<std::string> Base64Decode(std::string_view text);

}  // namespace gyre::search::internal
