#pragma once

#include <functional>

#include "base/hash.h"
#include "base/result.h"
#include "store/database.h"

namespace gyre::pipeline {

/// Calls `on_blob` for every digest in project snapshots, outputs of steps and the step cache: all that any run may
/// still read, and more where facts have digests of other things.
base::Result<void> NameBlobs(store::Reader& reader, const std::function<void(const base::Digest&)>& on_blob);

}  // namespace gyre::pipeline
