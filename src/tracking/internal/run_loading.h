#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "tracking/run.h"

namespace gyre::tracking::internal {

/// With everything but its history.
base::Result<Run> LoadRun(store::Reader& reader, const RunId& id);
/// Its own fields only.
base::Result<Run> LoadRunFields(store::Reader& reader, const RunId& id);

/// The runs of these numbers in this order, with a few statements for hundreds of them. Numbers of no run are left out.
base::Result<std::vector<Run>> LoadRuns(store::Reader& reader, std::span<const int64_t> numbers);
/// The same with their own fields only.
base::Result<std::vector<Run>> LoadFieldsOf(store::Reader& reader, std::span<const int64_t> numbers);

/// The numbers of one page of an experiment's active runs, newest start first.
base::Result<std::vector<int64_t>> ActiveRuns(store::Reader& reader, int64_t experiment, int64_t limit, int64_t offset);

}  // namespace gyre::tracking::internal
