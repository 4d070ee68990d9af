#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"

namespace gyre::steps::internal {

/// Parameters of `extend`: history plus the rows an endpoint answered whose labels have come.
struct ExtendParams {
  std::string endpoint;
  std::string label;
  std::string event_time;
  std::optional<base::Timestamp> until;  ///< event times before this; none: history alone
};
base::Result<ExtendParams> ParseExtend(const base::Json& with);

/// The input by which the server hands the exported log to the child.
inline constexpr std::string_view kLoggedInput = "logged";

}  // namespace gyre::steps::internal
