#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "registry/registry.h"

namespace gyre::registry::internal {

/// What may be stored, checked before a transaction is opened. Errors name the field and its rule.
base::Result<void> CheckModelName(std::string_view name);
base::Result<void> CheckAlias(std::string_view alias);
base::Result<void> CheckTag(std::string_view key, std::string_view value);
base::Result<void> CheckTags(const std::map<std::string, std::string>& tags);
base::Result<void> CheckDescription(std::string_view description);
base::Result<void> CheckOptions(const RegisterOptions& options);
base::Result<void> CheckSpec(const VersionSpec& spec);
/// The stage as MLflow spells it.
base::Result<std::string_view> CanonicalStage(std::string_view stage);

/// The tag that makes a model, or the text of a version, a prompt.
inline constexpr std::string_view kPromptTag = "mlflow.prompt.is_prompt";
/// By the tags of a request, as MLflow decides it.
bool SaysPrompt(const std::map<std::string, std::string>& tags);

/// `text` in quotes, shortened to what a message can carry.
std::string Quoted(std::string_view text);

}  // namespace gyre::registry::internal
