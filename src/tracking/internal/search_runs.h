#pragma once

#include "base/result.h"
#include "store/database.h"
#include "tracking/search.h"

namespace gyre::tracking::internal {

base::Result<RunPage> FindRuns(store::Reader& reader, const RunSearch& search);

}  // namespace gyre::tracking::internal
