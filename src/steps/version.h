#pragma once

#include <string_view>

namespace gyre::steps {

/// "0.1.0": of the program, as lineage records it.
std::string_view ProgramVersion();

}  // namespace gyre::steps
