#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "blob/blob_store.h"
#include "data/dataset.h"
#include "store/database.h"

namespace gyre::data {

/// What a step's output is registered with: the facts and the file that IngestFile, Transform or a split made.
struct NewVersion {
  DatasetName dataset;
  TableFacts facts;
  std::filesystem::path parquet;
  /// The outside file, kept too if given: its bytes must be those of `facts.source`.
  std::optional<std::filesystem::path> source;
  std::vector<DatasetVersionId> parents;
  base::Json options;  ///< an object, or null for none
  std::string pipeline_run;
  std::string actor = "local";
};

struct Registered {
  DatasetVersion version;
  bool created = false;  ///< false: the dataset had this content already, and the version is as it was first registered
};

/// Datasets by name and version. Thread-safe. It moves files and metadata only; tables are read and written by steps in
/// processes of their own, whose TableFacts it takes after checking that they are of the file handed in.
class Catalog {
 public:
  /// Both must outlive the catalog. `Open` brings its tables up to date.
  static base::Result<std::unique_ptr<Catalog>> Open(store::Database& database, blob::BlobStore& blobs);

  /// Stores the bytes, then makes the version in one transaction with its audit entry. The dataset is made if it is
  /// new. Registering the same content again changes nothing. kUnprocessable if the files are not what the facts say,
  /// kNotFound for a parent that is not there.
  base::Result<Registered> Register(const NewVersion& version);

  /// By name.
  base::Result<std::vector<Dataset>> ListDatasets();
  base::Result<Dataset> GetDataset(const DatasetName& name);
  /// Newest first, at most `limit`, those under number `below` if it is given.
  base::Result<std::vector<DatasetVersion>> ListVersions(const DatasetName& name, int64_t limit = 100,
                                                         std::optional<int64_t> below = {});
  base::Result<DatasetVersion> Get(const DatasetVersionId& id);

  /// "weather" or "weather@latest" (the newest), "weather/3" (by number), "weather@5d1ea254" (by the first 8 or more
  /// digits of the id), or an id alone.
  base::Result<DatasetVersion> Resolve(std::string_view text);

  base::Result<std::vector<ColumnProfile>> Profile(const DatasetVersionId& id);

 private:
  Catalog(store::Database& database, blob::BlobStore& blobs) : database_(database), blobs_(blobs) {}

  store::Database& database_;
  blob::BlobStore& blobs_;
};

}  // namespace gyre::data
