#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tracking/logged_model.h"
#include "tracking/run.h"

namespace gyre::tracking::internal {

/// What may be stored, checked before a transaction is opened. Errors name the field and its limit.
base::Result<void> CheckExperimentName(std::string_view name);
base::Result<void> CheckArtifactLocation(std::string_view location);
base::Result<void> CheckExperimentTag(std::string_view key, std::string_view value);
base::Result<void> CheckNewRun(const NewRun& run);
base::Result<void> CheckRunName(std::string_view name);
base::Result<void> CheckBatch(const LogBatch& batch);
base::Result<void> CheckInputs(const RunInputs& inputs);
base::Result<void> CheckOutputs(std::span<const ModelOutput> outputs);
base::Result<void> CheckNewLoggedModel(const NewLoggedModel& model);
/// Params or tags of a logged model, which `what` says.
base::Result<void> CheckModelTexts(std::string_view what, const std::map<std::string, std::string>& texts);

/// `text` shortened to what a message can carry; Quoted puts it in quotes.
std::string Shortened(std::string_view text);
std::string Quoted(std::string_view text);

}  // namespace gyre::tracking::internal
