#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "blob/blob_store.h"
#include "store/database.h"

namespace gyre::artifacts {

/// A file of the tree.
struct File {
  std::string path;
  blob::BlobRef blob;
  base::Timestamp modified_at;
};

/// What a folder holds, by its name in there.
struct Entry {
  std::string name;
  bool is_folder = false;
  uint64_t size = 0;  ///< of a file
  bool operator==(const Entry&) const = default;
};

struct Amount {
  int64_t files = 0;
  uint64_t bytes = 0;
  bool operator==(const Amount&) const = default;
};

/// The tree of artifacts that MLflow's clients see: paths ("0/<run>/artifacts/model/MLmodel", see path.h) of files,
/// whose bytes are blobs. A folder is there as long as something is in it. Paths are taken in any form and kept in the
/// clean one. Thread-safe.
///
/// Errors: kInvalidArgument (no path, the root where a file is meant, a file under a file or in place of a folder),
/// kNotFound.
class ArtifactStore {
 public:
  static base::Result<std::unique_ptr<ArtifactStore>> Open(store::Database& database, blob::BlobStore& blobs);

  /// A file's bytes on their way in: append, then `Put`.
  base::Result<std::unique_ptr<blob::BlobWriter>> Begin() { return blobs_.Begin(); }
  /// Makes the bytes the file at `path`, in place of what was there: readers see the old ones or the new ones. Durable
  /// on return.
  base::Result<File> Put(std::string_view path, blob::BlobWriter& bytes);
  base::Result<File> Put(std::string_view path, std::string_view bytes);

  base::Result<File> Find(std::string_view path);
  struct OpenFile {
    File file;
    blob::OpenBlob blob;
  };
  base::Result<OpenFile> OpenForRead(std::string_view path);
  base::Result<bool> IsFolder(std::string_view path);
  /// Sorted by name. Empty for what is no folder, as MLflow has it.
  base::Result<std::vector<Entry>> List(std::string_view folder);

  /// The file, or all below the folder. Nothing there: nothing happens.
  base::Result<Amount> Delete(std::string_view path, std::string_view actor);
  /// Notes that the folder is to be deleted with `owner`, which is being removed elsewhere: `Delete` ends the note, and
  /// so does `Spare`. What is still noted after a crash is to be looked after.
  base::Result<void> Doom(std::string_view path, std::string_view owner);
  base::Result<void> Spare(std::string_view path);
  struct Doomed {
    std::string path;
    std::string owner;
  };
  base::Result<std::vector<Doomed>> ListDoomed();
  /// What `Delete` would remove.
  base::Result<Amount> Measure(std::string_view path);

  /// Every file at and below `path`, by its path under it ("" for `path` itself).
  base::Result<std::map<std::string, blob::BlobRef>> Files(std::string_view path);
  /// Makes stored blobs appear under `folder`. What is there with the same bytes stays as it is.
  base::Result<void> Link(std::string_view folder, const std::map<std::string, blob::BlobRef>& files);

  /// Calls `on_blob` for every blob that the tree refers to, but for what is at or below `without` (clean paths).
  static base::Result<void> NameBlobs(store::Reader& reader, const std::function<void(const base::Digest&)>& on_blob,
                                      std::vector<std::string> without = {});

 private:
  ArtifactStore(store::Database& database, blob::BlobStore& blobs) : database_(database), blobs_(blobs) {}

  store::Database& database_;
  blob::BlobStore& blobs_;
};

}  // namespace gyre::artifacts
