#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "blob/blob_store.h"
#include "registry/registry.h"
#include "store/database.h"

namespace gyre::registry::internal {

base::Result<ModelVersion> LoadVersion(store::Reader& reader, const VersionRef& ref);
/// Highest first.
base::Result<std::vector<ModelVersion>> LoadVersions(store::Reader& reader, const ModelName& model);

/// The version's key inside the database; kNotFound says whether the model, the number, or only its row is missing.
base::Result<int64_t> VersionNumber(store::Reader& reader, const VersionRef& ref);

/// A bundle whose files are stored.
struct StoredBundle {
  base::Digest digest;
  std::map<std::string, blob::BlobRef> files;
  base::Json metrics;
};

/// The version that this pipeline run made of these bytes, if there is one.
base::Result<std::optional<int64_t>> FindRegistered(store::Reader& reader, const ModelName& model,
                                                    std::string_view pipeline_run, const base::Digest& bundle);
/// Makes the next version of a model that is there, with its audit entry.
base::Result<VersionRef> InsertVersion(store::Transaction& transaction, const ModelName& model,
                                       const StoredBundle& bundle, const RegisterOptions& options);
base::Result<void> WriteTag(store::Transaction& transaction, const VersionRef& ref, std::string_view key,
                            std::string_view value, std::string_view actor);
base::Result<void> HideVersion(store::Transaction& transaction, const VersionRef& ref, std::string_view actor);

}  // namespace gyre::registry::internal
