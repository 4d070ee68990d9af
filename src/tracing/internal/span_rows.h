#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "tracing/internal/arrival.h"
#include "tracing/span.h"

namespace gyre::tracing::internal {

/// Replaces those that are there.
base::Result<void> PutSpans(store::Transaction& transaction, int64_t trace, const std::vector<SpanRow>& rows);

/// What all spans of a trace say they used; `column` is "usage" or "cost".
base::Result<std::vector<UsageNode>> LoadUsage(store::Reader& reader, int64_t trace, std::string_view column);

/// Roots first, then by start. `id` is the trace's.
base::Result<std::vector<Span>> LoadSpans(store::Reader& reader, int64_t trace, const std::string& id);

}  // namespace gyre::tracing::internal
