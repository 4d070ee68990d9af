#pragma once

#include <functional>

#include "base/hash.h"
#include "base/result.h"
#include "store/database.h"

namespace gyre::data {

/// Calls `on_blob` for every blob that the catalog refers to: tables, and sources that were kept.
base::Result<void> NameBlobs(store::Reader& reader, const std::function<void(const base::Digest&)>& on_blob);

}  // namespace gyre::data
