#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "store/database.h"
#include "tracing/assessment.h"

namespace gyre::tracing::internal {

/// Oldest first within each trace; `trace_id` is left empty.
base::Result<void> ReadAssessments(store::Reader& reader, std::span<const int64_t> traces,
                                   const std::function<void(int64_t trace, Assessment assessment)>& use);

base::Result<std::optional<Assessment>> FindAssessment(store::Reader& reader, int64_t trace, std::string_view id);

/// Replaces one of the same id. kInvalidArgument if that belongs to another trace.
base::Result<void> PutAssessment(store::Transaction& transaction, int64_t trace, const Assessment& assessment);

/// Returns false if there is no such one.
base::Result<bool> SetValid(store::Transaction& transaction, int64_t trace, std::string_view id, bool valid);

}  // namespace gyre::tracing::internal
