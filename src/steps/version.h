#pragma once

#include <string_view>

namespace gyre::steps {

/// Version of the program, as lineage records it.
inline constexpr std::string_view kProgramVersion = GYRE_VERSION;

}  // namespace gyre::steps
