#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "store/database.h"

namespace gyre::tracking::internal {

/// Runs "<select> IN (?1, ..., ?n) <rest>" for all the numbers, in as many statements as that takes. Lists are filled
/// up to a few lengths, so that the prepared statements are few.
base::Result<void> QueryIn(store::Reader& reader, std::string_view select, std::string_view rest,
                           std::span<const int64_t> numbers, const store::OnRow& on_row);

}  // namespace gyre::tracking::internal
