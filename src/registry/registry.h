#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "blob/blob_store.h"
#include "model/bundle.h"
#include "registry/links.h"
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

/// A version of files that lie somewhere else, as MLflow's clients make them.
struct VersionSpec {
  std::string actor = "local";
  std::string source;
  std::optional<std::string>
      run_id;  ///< that the source lies in; nothing and "" are told apart when a version is copied
  std::optional<std::string> model_id;  ///< of the logged model that the source lies in
  std::string run_link;
  std::string description;
  std::map<std::string, std::string> tags;
  /// Of an imported one: kAlreadyExists if the model has, or had, it. 0: the next.
  int64_t number = 0;
  std::optional<base::Timestamp> created_at = {};  ///< now if absent
};

/// A search as the client wrote it.
struct SearchQuery {
  std::string filter;
  int64_t max_results = 100;
  std::vector<std::string> order_by;
  std::string page_token;
};
template <class T>
struct Page {
  std::vector<T> items;
  std::string next_page_token;  ///< empty on the last page
};

/// Models by name and version. Thread-safe; every change is one transaction with its audit entry.
///
/// An alias is 1 to 255 of [A-Za-z0-9_-], but neither "latest" nor "v" and digits, in any case: those mean versions.
/// Errors: kInvalidArgument (a name, alias, tag or reference that is never accepted), kNotFound (also what is deleted).
class Registry {
 public:
  /// Both must outlive the registry. `Open` brings its tables up to date.
  static base::Result<std::unique_ptr<Registry>> Open(store::Database& database, blob::BlobStore& blobs);
  /// Before anything else is called from another thread. Without links there are no artifacts, runs and bundlers.
  void Connect(const Links& links) { links_ = links; }

  /// Stores the bundle and makes a version of it, number max+1 counting deleted ones. Registering the same bundle for
  /// the same pipeline run again returns the version made the first time, as it is now (unless that was deleted): no
  /// alias moves. The model is made if it is new.
  base::Result<ModelVersion> Register(const ModelName& model, const model::Bundle& bundle,
                                      const RegisterOptions& options);

  /// A model without versions. kAlreadyExists says whether a model or a prompt has the name.
  base::Result<RegisteredModel> CreateModel(const ModelName& model, const std::map<std::string, std::string>& tags,
                                            std::string_view description, std::string_view actor);
  base::Result<RegisteredModel> DescribeModel(const ModelName& model, std::string_view description,
                                              std::string_view actor);
  /// kFailedPrecondition if a version serves somewhere: endpoints know versions by name.
  base::Result<RegisteredModel> RenameModel(const ModelName& model, const ModelName& new_name, std::string_view actor);
  /// With all its versions; a model made anew under the name counts from 1. kFailedPrecondition as above.
  base::Result<void> DeleteModel(const ModelName& model, std::string_view actor);
  base::Result<void> SetModelTag(const ModelName& model, std::string_view key, std::string_view value,
                                 std::string_view actor);
  /// Taking away what is not there is fine.
  base::Result<void> DeleteModelTag(const ModelName& model, std::string_view key, std::string_view actor);

  /// A version of files that lie in a run ("runs:/ID/path", or an mlflow-artifacts: URI inside of it), in a logged
  /// model ("models:/m-ID"), are another version's ("models:/NAME/3", NAME@alias), or lie outside ("s3://..."). The
  /// model has to exist. Has a bundle at once if one can be made of the files that are there, or else when it is first
  /// asked for (`Servable`). kInvalidArgument: "Invalid model version source: ..." for local paths, for paths that
  /// climb, and for sources that the named run or logged model does not hold.
  base::Result<ModelVersion> CreateVersion(const ModelName& model, const VersionSpec& spec);
  /// Nothing takes the description away.
  base::Result<ModelVersion> DescribeVersion(const VersionRef& ref, std::optional<std::string_view> description,
                                             std::string_view actor);
  /// `stage` in any case; with `archive_existing` (of Staging and Production only) what was there is archived.
  base::Result<ModelVersion> TransitionStage(const VersionRef& ref, std::string_view stage, bool archive_existing,
                                             std::string_view actor);
  /// The highest version of each of these stages, of all stages if there are none; by the first version of the stage.
  base::Result<std::vector<ModelVersion>> LatestVersions(const ModelName& model,
                                                         const std::vector<std::string>& stages);
  /// Where a client can fetch the version's files.
  base::Result<std::string> DownloadUri(const VersionRef& ref);
  /// The version with its bundle, which is made now if it has none. kUnprocessable says why none can be made.
  base::Result<ModelVersion> Servable(const VersionRef& ref);

  /// As MLflow: prompts are left out unless the filter asks for them. Limits, grammar and order are its.
  base::Result<Page<RegisteredModel>> SearchModels(const SearchQuery& query);
  base::Result<Page<ModelVersion>> SearchVersions(const SearchQuery& query);
  static constexpr int64_t kMaxModels = 1000;
  static constexpr int64_t kMaxVersions = 200'000;

  /// By name, without prompts.
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
  /// Taking away what is not there is fine.
  base::Result<void> DeleteTag(const VersionRef& ref, std::string_view key, std::string_view actor);
  /// Hides the version and drops its aliases; its number is never used again. Its files stay: a server that has
  /// resolved it can still load it. kFailedPrecondition if it serves somewhere.
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

  base::Result<void> CheckUnused(const ModelName& model, int64_t version);
  base::Result<ModelVersion> AttachBundle(const VersionRef& ref, const model::Bundle& bundle);
  /// Puts the bundle's files where clients fetch them from.
  base::Result<void> Publish(const ModelVersion& version);

  store::Database& database_;
  blob::BlobStore& blobs_;
  Links links_;
};

}  // namespace gyre::registry
