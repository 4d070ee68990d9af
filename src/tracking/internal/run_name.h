#pragma once

#include <string>
#include <string_view>

namespace gyre::tracking::internal {

/// "quiet-heron-417", made of the first digits of a random hexadecimal id (16 or more). Names may repeat; ids do not.
std::string MakeRunName(std::string_view hex_id);

}  // namespace gyre::tracking::internal
