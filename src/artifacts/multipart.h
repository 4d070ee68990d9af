#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "artifacts/artifact_store.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/result.h"
#include "base/time.h"

namespace gyre::artifacts {

using UploadId = base::Id<struct UploadIdTag>;

/// Uploads of one file in parts, which come in any order and at the same time. Parts are files in a folder of their own
/// until the upload is completed; then they become one blob. An upload lives as long as this process, and for
/// `Options::lasts` at most. Thread-safe.
///
/// Errors: kNotFound (an upload that is over or never was), kInvalidArgument (a part or a path that it has not),
/// kResourceExhausted (too many uploads).
class Multipart {
 public:
  struct Options {
    std::filesystem::path folder;  ///< emptied at construction
    std::chrono::hours lasts{24};
    size_t max_uploads = 1000;
  };
  static constexpr int64_t kMaxParts = 10'000;

  static base::Result<std::unique_ptr<Multipart>> Open(const Options& options, ArtifactStore& artifacts,
                                                       const base::Clock& clock, base::Entropy& entropy);

  /// For the file at `path`, of `parts` parts.
  base::Result<UploadId> Create(std::string_view path, int64_t parts);

  /// A part's bytes on their way in; a part that is sent again replaces the one before. Dropping it leaves nothing.
  class PartWriter {
   public:
    PartWriter(Multipart& owner, UploadId upload, int64_t number, std::string temp, base::UniqueFd fd);
    PartWriter(const PartWriter&) = delete;
    PartWriter& operator=(const PartWriter&) = delete;
    ~PartWriter();
    base::Result<void> Append(std::string_view bytes);
    /// The part's tag: hexadecimal digits.
    base::Result<std::string> Commit();

   private:
    Multipart& owner_;
    const UploadId upload_;
    const int64_t number_;
    std::string temp_;  ///< empty once committed
    base::UniqueFd fd_;
    base::Sha256 hash_;
  };
  base::Result<std::unique_ptr<PartWriter>> BeginPart(const UploadId& id, int64_t number);

  struct Part {
    int64_t number = 0;
    std::string tag;  ///< as it was given, perhaps in quotes; empty: any
  };
  /// Joins the parts, which must be all of them, 1, 2, ... in this order. After an error the upload goes on.
  base::Result<File> Complete(const UploadId& id, std::string_view path, std::span<const Part> parts);
  /// Nothing happens to one that is over.
  base::Result<void> Abort(const UploadId& id);

 private:
  struct Upload {
    std::string path;
    int64_t parts = 0;
    base::Timestamp expires;
    std::filesystem::path folder;
    std::map<int64_t, std::string> tags;  ///< of the parts that are there, in the files "<number>.<tag>"
    bool completing = false;
  };

  Multipart(const Options& options, ArtifactStore& artifacts, const base::Clock& clock, base::Entropy& entropy)
      : options_(options), artifacts_(artifacts), clock_(clock), entropy_(entropy) {}
  void DropExpired();
  base::Result<void> TakePart(const UploadId& id, int64_t number, const std::string& tag, const std::string& temp);
  base::Result<Upload> Find(const UploadId& id);
  base::Result<Upload> BeginCompleting(const UploadId& id, std::string_view path);
  base::Result<File> Join(const Upload& upload, std::span<const Part> parts);

  const Options options_;
  ArtifactStore& artifacts_;
  const base::Clock& clock_;
  base::Entropy& entropy_;
  std::mutex mutex_;
  std::map<UploadId, Upload> uploads_;  ///< guarded by mutex_
};

}  // namespace gyre::artifacts
