#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
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

/// Those of these numbers, in that order.
base::Result<std::vector<ModelVersion>> LoadVersionsByNumber(store::Reader& reader, std::span<const int64_t> numbers);

/// A bundle whose files are stored.
struct StoredBundle {
  base::Digest digest;
  std::map<std::string, blob::BlobRef> files;
  base::Json metrics = base::Json::object();
};

/// What a version is made of.
struct NewVersion {
  StoredBundle bundle;  ///< without files: none yet
  RegisterOptions options;
  std::string source;
  std::string storage_location;
  std::string run_link;
  std::string model_id;
  int64_t version = 0;  ///< the next if 0
  std::optional<base::Timestamp> created_at = {};
};

/// The version that this pipeline run made of these bytes, if there is one.
base::Result<std::optional<int64_t>> FindRegistered(store::Reader& reader, const ModelName& model,
                                                    std::string_view pipeline_run, const base::Digest& bundle);
/// Makes the next version of a model that is there, with its audit entry.
base::Result<VersionRef> InsertVersion(store::Transaction& transaction, const ModelName& model, const NewVersion& made);
/// Gives a version that has none its bundle, with an audit entry; one that has a bundle by now keeps it.
base::Result<void> InsertBundle(store::Transaction& transaction, const VersionRef& ref, const StoredBundle& bundle);
base::Result<void> WriteDescription(store::Transaction& transaction, const VersionRef& ref,
                                    std::optional<std::string_view> description, std::string_view actor);
base::Result<void> WriteStage(store::Transaction& transaction, const VersionRef& ref, std::string_view stage,
                              bool archive_existing, std::string_view actor);
base::Result<void> RemoveTag(store::Transaction& transaction, const VersionRef& ref, std::string_view key,
                             std::string_view actor);
base::Result<void> WriteTag(store::Transaction& transaction, const VersionRef& ref, std::string_view key,
                            std::string_view value, std::string_view actor);
base::Result<void> HideVersion(store::Transaction& transaction, const VersionRef& ref, std::string_view actor);

}  // namespace gyre::registry::internal
