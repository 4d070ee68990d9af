#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tracking/run.h"

namespace gyre::tracking::internal {

/// What may be stored, checked before a transaction is opened. Errors name the field and its limit.
base::Result<void> CheckExperimentName(std::string_view name);
base::Result<void> CheckExperimentTags(const std::map<std::string, std::string>& tags);
base::Result<void> CheckNewRun(const NewRun& run);
base::Result<void> CheckBatch(const LogBatch& batch);

/// `text` in quotes, shortened to what a message can carry.
std::string Quoted(std::string_view text);

}  // namespace gyre::tracking::internal
