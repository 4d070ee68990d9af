#pragma once

#include <functional>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "registry/model_version.h"
#include "store/database.h"

namespace gyre::registry {

/// Calls `on_blob` for every blob of a version's bundle.
base::Result<void> NameBlobs(store::Reader& reader, const std::function<void(const base::Digest&)>& on_blob);

/// Calls `on_source` for every place that a version's files are fetched from, as a URI.
base::Result<void> NameSources(store::Reader& reader,
                               const std::function<void(const VersionRef&, std::string_view uri)>& on_source);

}  // namespace gyre::registry
