#pragma once

#include <string_view>

#include "base/json.h"

namespace gyre::base {

/// As ParseYaml, with every plain scalar but null left as the text it is: "089" and "1e5" are names to some writers.
Result<Json> ParseYamlTexts(std::string_view text, std::string_view what);

}  // namespace gyre::base
