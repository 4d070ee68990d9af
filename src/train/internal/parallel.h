#pragma once

#include <cstddef>
#include <functional>

#include "base/cancel.h"
#include "base/result.h"

namespace gyre::train::internal {

/// Runs work(0) ... work(count - 1), each once, on `threads` threads that end before this returns, and `report(i)` for
/// each finished piece, in order, on the calling thread. The first error of either, or a cancellation, stops what has
/// not begun and is returned. `work` must not depend on which thread runs it, or when.
base::Result<void> RunInOrder(size_t count, size_t threads, const base::Cancellation& cancel,
                              const std::function<base::Result<void>(size_t)>& work,
                              const std::function<base::Result<void>(size_t)>& report);

base::Result<void> ParallelFor(size_t count, size_t threads, const base::Cancellation& cancel,
                               const std::function<base::Result<void>(size_t)>& work);

}  // namespace gyre::train::internal
