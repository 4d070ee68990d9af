#pragma once

#include <string_view>

namespace gyre::api::mlflow::internal {

/// Whether UTF-8 text beyond ASCII has only letters, digits and other numerals, as Python's \w takes them.
bool AreWordCharacters(std::string_view text);

}  // namespace gyre::api::mlflow::internal
