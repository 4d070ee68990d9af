#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/connection.h"

namespace gyre::engine {

/// Checks SQL that a user wrote where a query over named tables is wanted: one SELECT statement (or WITH, VALUES,
/// FROM), reading only `tables`, whose result depends on nothing but their rows. Functions that give another answer
/// each time (random(), now(), uuid()) and samples without a seed are refused, because the result could not be cached
/// or reproduced; table functions that read files or settings are refused, because its inputs would be unknown.
/// Returns the statement without comments around it or a semicolon, fit to be put in parentheses.
///
/// This is for clear errors and reproducible results. What keeps SQL from other files is the engine (Engine::Options).
base::Result<std::string> CheckSelect(Connection& connection, std::string_view sql,
                                      std::span<const std::string> tables);

inline constexpr size_t kMaxSqlBytes = 1 << 20;

}  // namespace gyre::engine
