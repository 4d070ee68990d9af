#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "transfer/report.h"
#include "transfer/sink.h"
#include "transfer/source.h"

namespace gyre::transfer {

struct Progress {
  std::string what;     ///< "experiment rain"
  double fraction = 0;  ///< of the runs, if their number is known; else of nothing
  int64_t runs = 0;     ///< seen so far
  int64_t points = 0;   ///< written so far
  uint64_t bytes = 0;   ///< of artifacts, written so far
};

/// Copies everything from `source` to `sink` and counts it in `report`. What cannot be taken is a loss there, and the
/// rest goes on; an error means that the source cannot be read or the sink not be reached any further. Called again
/// after that, or for a source that has got more since, it goes on: things that were marked as they are now are counted
/// as present. Memory does not grow with the length of histories, the number of runs or the size of artifacts.
base::Result<void> Copy(Source& source, Sink& sink, Report& report,
                        const std::function<void(const Progress&)>& on_progress);

}  // namespace gyre::transfer
