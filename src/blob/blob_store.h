#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"

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

/// Keeps a blob from being collected while it lives. May be copied and dropped on any thread.
using Pin = std::shared_ptr<const void>;

struct PinnedBlob {
  BlobRef ref;
  Pin pin;  ///< hold it until the metadata that names the blob is committed
};

/// Takes bytes piece by piece; nothing is visible until it is committed. Dropping it leaves nothing. One thread at a
/// time.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;
  virtual base::Result<void> Append(std::string_view bytes) = 0;
  /// Durable once returned. The same bytes put twice are stored once. The blob is claimed (see BlobStore).
  virtual base::Result<BlobRef> Commit() = 0;
  /// The same with a pin in place of the claim.
  virtual base::Result<PinnedBlob> CommitPinned() = 0;
};

/// A blob to be sent in pieces, in any order.
struct OpenBlob {
  BlobRef ref;
  base::UniqueFd file;
  /// Set if the bytes have not been verified: says whether they are what was put there, kCorrupt if not. Whoever gives
  /// them away keeps the last ones until then. For one call, on any thread, while the store lives.
  std::function<base::Result<void>(const base::Cancellation&)> verify;
};

/// Removes blobs that nothing refers to. Blobs that came into use since it was begun, by a pin or a claim, are spared:
/// begin it before asking what is referred to.
class Collection {
 public:
  virtual ~Collection() = default;
  /// Every blob there is, in no order.
  virtual base::Result<void> ForEach(const std::function<base::Result<void>(const BlobRef&)>& on_blob) = 0;
  /// True if nobody holds a pin or a claim to it.
  virtual bool IsFree(const base::Digest& digest) = 0;
  /// Removes the blob if it is free; returns whether it did.
  virtual base::Result<bool> Remove(const base::Digest& digest) = 0;
};

/// Content-addressed storage of artifacts. Blobs never change; every read is checked against the digest and says
/// kCorrupt rather than hand out other bytes. Thread-safe. Local files today, S3 behind the same interface.
///
/// Who puts a blob, or asks whether it is there, is about to name it in the metadata: that claims the blob for an hour
/// (or until this process ends, and with it whatever was under way), during which it is not collected. A pin does the
/// same for exactly as long as it takes. `Open` and `Read` claim nothing: they are for blobs that are named already.
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
  /// For sending. Verified first if that is quick or was done lately (docs/decisions/0009-verified-while-sent.md).
  virtual base::Result<OpenBlob> Open(const base::Digest& digest) = 0;
  /// Makes the verified bytes appear at `path` as a read-only file.
  virtual base::Result<void> Materialize(const base::Digest& digest, const std::filesystem::path& path,
                                         Materialization how) = 0;

  /// One at a time: kFailedPrecondition while another lives.
  virtual base::Result<std::unique_ptr<Collection>> BeginCollection() = 0;

  base::Result<BlobRef> Put(std::string_view bytes);
  base::Result<BlobRef> PutFile(const std::filesystem::path& path);
  /// The whole blob; kTooLarge before reading if it is over `max_bytes`.
  base::Result<std::string> Get(const base::Digest& digest, uint64_t max_bytes);
};

/// For how long a claim lasts.
inline constexpr std::chrono::hours kClaimLasts{1};

/// Blobs as files under `root`: sha256/ab/abcdef...; half-written ones only ever under tmp/, emptied at opening. One
/// process at a time. `clock` must outlive the store.
base::Result<std::unique_ptr<BlobStore>> OpenLocalBlobStore(const std::filesystem::path& root,
                                                            const base::Clock& clock);
/// By the system's clock.
base::Result<std::unique_ptr<BlobStore>> OpenLocalBlobStore(const std::filesystem::path& root);

}  // namespace gyre::blob
