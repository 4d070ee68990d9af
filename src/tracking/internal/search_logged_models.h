#pragma once

#include "base/result.h"
#include "store/database.h"
#include "tracking/search.h"

namespace gyre::tracking::internal {

/// Active ones only.
base::Result<LoggedModelPage> FindLoggedModels(store::Reader& reader, const LoggedModelSearch& search);

}  // namespace gyre::tracking::internal
