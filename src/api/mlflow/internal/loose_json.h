#pragma once

#include <string>
#include <string_view>

namespace gyre::api::mlflow::internal {

/// Python's JSON reader takes what the standard does not: NaN, Infinity, -Infinity and numbers without end. Puts those
/// in quotes, where they are read as what they are; the rest stays as it is, right or wrong.
std::string StrictJson(std::string_view text);

}  // namespace gyre::api::mlflow::internal
