#pragma once

#include <string_view>

#include "base/result.h"

namespace gyre::tracing::internal {

/// Set by this module only.
bool IsSystemTag(std::string_view key);
/// "Tag 'x' is immutable and cannot be set on a trace."
base::Result<void> CheckTagChange(std::string_view key, std::string_view change);
/// What may be part of the path of a trace's artifacts.
base::Result<void> CheckNewTraceId(std::string_view id);
base::Result<void> CheckSession(std::string_view session);
base::Error NoSuchTrace(std::string_view id);

}  // namespace gyre::tracing::internal
