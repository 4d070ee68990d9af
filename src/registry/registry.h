#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "blob/blob_store.h"
#include "model/bundle.h"
#include "registry/model_version.h"
#include "store/database.h"

namespace gyre::registry {

struct RegisterOptions {
  std::string actor = "local";
  std::string run_id;
  std::string pipeline_run;
  std::vector<std::string> datasets;
  std::map<std::string, std::string> tags;
  std::string description;
  /// Set on the new version whatever it pointed to before.
  std::vector<std::string> aliases;
  /// Set on the new version only if the model has no version under that alias yet.
  std::vector<std::string> aliases_if_absent;
};

/// Models by name and version. Thread-safe; every change is one transaction with its audit entry.
///
/// An alias is 1 to 255 of [A-Za-z0-9_-], but neither "latest" nor "v" and digits, in any case: those mean versions.
/// Errors: kInvalidArgument (a name, alias, tag or reference that is never accepted), kNotFound (also what is deleted).
class Registry {
 public:
  /// Both must outlive the registry. `Open` brings its tables up to date.
  static base::Result<std::unique_ptr<Registry>> Open(store::Database& database, blob::BlobStore& blobs);

  /// Stores the bundle and makes a version of it, number max+1 counting deleted ones. Registering the same bundle for
  /// the same pipeline run again returns the version made the first time, as it is now (unless that was deleted): no
  /// alias moves. The model is made if it is new.
  base::Result<ModelVersion> Register(const ModelName& model, const model::Bundle& bundle,
                                      const RegisterOptions& options);

  /// By name.
  base::Result<std::vector<RegisteredModel>> ListModels();
  base::Result<RegisteredModel> GetModel(const ModelName& model);
  /// Highest first, without the deleted ones.
  base::Result<std::vector<ModelVersion>> ListVersions(const ModelName& model);
  base::Result<ModelVersion> Get(const VersionRef& ref);

  /// "rain/3", "rain@champion", "rain" or "rain@latest" (the highest version): the error says which of them was looked
  /// for. A name with '@' in it is read as name and alias, split at the last '@'.
  base::Result<ModelVersion> Resolve(std::string_view text);

  base::Result<void> SetAlias(const ModelName& model, std::string_view alias, int64_t version, std::string_view actor);
  base::Result<void> DeleteAlias(const ModelName& model, std::string_view alias, std::string_view actor);
  base::Result<void> SetTag(const VersionRef& ref, std::string_view key, std::string_view value,
                            std::string_view actor);
  /// Hides the version and drops its aliases; its number is never used again. Its files stay: a server that has
  /// resolved it can still load it.
  base::Result<void> Delete(const VersionRef& ref, std::string_view actor);

  /// The bundle's content, every file verified; kCorrupt names the version and the file that is damaged or missing.
  base::Result<model::Bundle> LoadBundle(const ModelVersion& version);
  /// One file of it.
  base::Result<std::string> LoadFile(const ModelVersion& version, std::string_view file);

  /// Moves an alias as part of a larger change (a promotion), with its audit entry.
  base::Result<void> SetAliasIn(store::Transaction& transaction, const ModelName& model, std::string_view alias,
                                int64_t version, std::string_view actor);

 private:
  Registry(store::Database& database, blob::BlobStore& blobs) : database_(database), blobs_(blobs) {}

  store::Database& database_;
  blob::BlobStore& blobs_;
};

}  // namespace gyre::registry
