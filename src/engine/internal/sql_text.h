#pragma once

#include <string_view>

namespace gyre::engine::internal {

/// The text up to its first semicolon that is not inside quotes or a comment; all of it if there is none.
std::string_view FirstStatement(std::string_view sql);

}  // namespace gyre::engine::internal
