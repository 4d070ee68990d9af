#pragma once

#include <chrono>

#include "base/time.h"

namespace gyre::monitor::internal {

/// Start of the window of that width, aligned to the epoch, that holds `time`.
inline base::Timestamp WindowStart(base::Timestamp time, std::chrono::microseconds width) {
  const auto since = time.time_since_epoch();
  auto into = since % width;
  if (into.count() < 0) into += width;
  return base::Timestamp(since - into);
}

}  // namespace gyre::monitor::internal
