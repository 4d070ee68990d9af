#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/hash.h"
#include "base/result.h"

namespace gyre::blob {

/// Names immutable bytes by what they are.
struct BlobRef {
  base::Digest digest;
  uint64_t size = 0;
  bool operator==(const BlobRef&) const = default;
};

enum class Materialization {
  kShare,  ///< the file may be the stored one (a hard link): only for readers we trust not to write to it
  kCopy,   ///< bytes of its own
};

/// Takes bytes piece by piece; nothing is visible until `Commit`. Dropping it leaves nothing. One thread.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;
  virtual base::Result<void> Append(std::string_view bytes) = 0;
  /// Durable once returned. The same bytes put twice are stored once.
  virtual base::Result<BlobRef> Commit() = 0;
};

/// Content-addressed storage of artifacts. Blobs never change; every read is checked against the digest and says
/// kCorrupt rather than hand out other bytes. Thread-safe. Local files today, S3 behind the same interface.
class BlobStore {
 public:
  virtual ~BlobStore() = default;

  virtual base::Result<std::unique_ptr<BlobWriter>> Begin() = 0;
  virtual base::Result<bool> Contains(const base::Digest& digest) = 0;
  /// kNotFound if there is none.
  virtual base::Result<BlobRef> Stat(const base::Digest& digest) = 0;
  /// The bytes in pieces; the last piece is handed over only after the whole has been verified.
  virtual base::Result<void> Read(const base::Digest& digest,
                                  const std::function<base::Result<void>(std::string_view)>& on_chunk) = 0;
  /// Makes the verified bytes appear at `path` as a read-only file.
  virtual base::Result<void> Materialize(const base::Digest& digest, const std::filesystem::path& path,
                                         Materialization how) = 0;

  base::Result<BlobRef> Put(std::string_view bytes);
  base::Result<BlobRef> PutFile(const std::filesystem::path& path);
  /// The whole blob; kTooLarge before reading if it is over `max_bytes`.
  base::Result<std::string> Get(const base::Digest& digest, uint64_t max_bytes);
};

/// Blobs as files under `root`: sha256/ab/abcdef...; half-written ones only ever under tmp/, emptied at opening.
base::Result<std::unique_ptr<BlobStore>> OpenLocalBlobStore(const std::filesystem::path& root);

}  // namespace gyre::blob
