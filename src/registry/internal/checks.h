#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "registry/registry.h"

namespace gyre::registry::internal {

/// What may be stored, checked before a transaction is opened. Errors name the field and its rule.
base::Result<void> CheckModelName(std::string_view name);
base::Result<void> CheckAlias(std::string_view alias);
base::Result<void> CheckTag(std::string_view key, std::string_view value);
base::Result<void> CheckOptions(const RegisterOptions& options);

/// `text` in quotes, shortened to what a message can carry.
std::string Quoted(std::string_view text);

}  // namespace gyre::registry::internal
