#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "tracking/search.h"

namespace gyre::tracking::internal {

base::Result<ExperimentPage> FindExperiments(store::Reader& reader, const ExperimentSearch& search);

base::Result<std::vector<DatasetSummary>> FindDatasets(store::Reader& reader,
                                                       const std::vector<std::string>& experiments);

}  // namespace gyre::tracking::internal
