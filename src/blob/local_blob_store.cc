#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blob/blob_store.h"
#include "blob/internal/usage.h"
#include "blob/internal/verifier.h"

namespace gyre::blob {
namespace {

namespace fs = std::filesystem;
using internal::Usage;
using internal::Verifier;

/// A blob up to this is verified before its first byte is sent: that takes a few milliseconds.
constexpr uint64_t kVerifiedFirst = 8 << 20;
/// So much at a time is given to the disk while more arrives, so that little is left to wait for at the end.
constexpr uint64_t kWriteBehind = 8 << 20;

fs::path PathOf(const fs::path& root, const base::Digest& digest) {
  const auto hex = digest.ToHex();
  return root / "sha256" / hex.substr(0, 2) / hex;
}

base::Error NoBlob(const base::Digest& digest) {
  return base::NotFound(fmt::format("there is no blob {}", digest.ToHex()), digest.ToHex());
}

base::Error CorruptBlob(const base::Digest& digest, const fs::path& path) {
  return base::Corrupt(
      fmt::format("the stored bytes of blob {} are not what was put there ({}); restore this file from a backup",
                  digest.ToHex(), path.string()),
      digest.ToHex());
}

/// What writers and collections share with the store.
struct Shared {
  Shared(fs::path folder, const base::Clock& clock)
      : root(std::move(folder)), usage(std::make_shared<Usage>(clock)), verifier(clock) {}
  const fs::path root;
  const std::shared_ptr<Usage> usage;
  Verifier verifier;
};

class LocalBlobWriter final : public BlobWriter {
 public:
  LocalBlobWriter(Shared& shared, std::string temp, base::UniqueFd fd)
      : shared_(shared), temp_(std::move(temp)), fd_(std::move(fd)) {}
  ~LocalBlobWriter() override {
    if (!temp_.empty()) unlink(temp_.c_str());
  }

  base::Result<void> Append(std::string_view bytes) override {
    hash_.Update(bytes);
    TRY(base::WriteAll(fd_.get(), bytes, temp_));
    size_ += bytes.size();
    if (size_ - written_behind_ >= kWriteBehind) WriteBehind();
    return base::Ok();
  }

  base::Result<BlobRef> Commit() override {
    const BlobRef ref{hash_.Finish(), size_};
    shared_.usage->Claim(ref.digest);
    TRY(Publish(ref));
    return ref;
  }

  base::Result<PinnedBlob> CommitPinned() override {
    PinnedBlob pinned;
    pinned.ref = {hash_.Finish(), size_};
    pinned.pin = shared_.usage->MakePin(pinned.ref.digest);
    TRY(Publish(pinned.ref));
    return pinned;
  }

 private:
  /// A hint: if the kernel cannot, the sync at the end does it all.
  void WriteBehind() {
    sync_file_range(fd_.get(), static_cast<off64_t>(written_behind_), static_cast<off64_t>(size_ - written_behind_),
                    SYNC_FILE_RANGE_WRITE);
    written_behind_ = size_;
  }

  /// The blob is claimed or pinned by now, so that if it is there it stays.
  base::Result<void> Publish(const BlobRef& ref) {
    const auto& root = shared_.root;
    const auto path = PathOf(root, ref.digest);
    // Whoever put it there may not have come to the sync, or failed at it.
    if (fs::exists(path)) {
      TRY(base::SyncFolder(path.parent_path()));
      return base::SyncFolder(root / "sha256");
    }
    if (fchmod(fd_.get(), 0444) != 0 || fsync(fd_.get()) != 0) return base::ErrnoError("cannot sync", temp_);
    const bool new_folder = !fs::exists(path.parent_path());
    TRY(base::MakeFolders(path.parent_path()));
    TRY(base::RenameDurably(temp_, path));
    if (new_folder) TRY(base::SyncFolder(root / "sha256"));
    temp_.clear();
    if (ref.size > kVerifiedFirst) shared_.verifier.Remember(ref.digest, fd_.get());
    return base::Ok();
  }

  Shared& shared_;
  std::string temp_;
  base::UniqueFd fd_;
  base::Sha256 hash_;
  uint64_t size_ = 0;
  uint64_t written_behind_ = 0;
};

class LocalCollection final : public Collection {
 public:
  explicit LocalCollection(Shared& shared) : shared_(shared) {}
  ~LocalCollection() override { shared_.usage->EndCollection(); }

  base::Result<void> ForEach(const std::function<base::Result<void>(const BlobRef&)>& on_blob) override;
  bool IsFree(const base::Digest& digest) override { return shared_.usage->IsFree(digest); }
  base::Result<bool> Remove(const base::Digest& digest) override {
    const auto path = PathOf(shared_.root, digest);
    return shared_.usage->RemoveIfFree(digest, [&]() -> base::Result<bool> {
      if (unlink(path.c_str()) == 0) return true;
      if (errno == ENOENT) return false;
      return base::ErrnoError("cannot remove", path.string());
    });
  }

 private:
  Shared& shared_;
};

base::Result<void> LocalCollection::ForEach(const std::function<base::Result<void>(const BlobRef&)>& on_blob) {
  std::error_code error;
  const fs::directory_iterator end;
  for (fs::directory_iterator folder(shared_.root / "sha256", error); !error && folder != end;
       folder.increment(error)) {
    std::error_code ignored;
    if (!folder->is_directory(ignored)) continue;
    fs::directory_iterator file(folder->path(), error);
    for (; !error && file != end; file.increment(error)) {
      const auto digest = base::Digest::Parse(file->path().filename().string());
      const auto size = file->file_size(ignored);
      if (digest && !ignored) TRY(on_blob({*digest, size}));
    }
    if (error) break;
  }
  if (!error) return base::Ok();
  return base::Error(base::ErrorCode::kIo, fmt::format("cannot list the blobs: {}", error.message()),
                     shared_.root.string());
}

class LocalBlobStore final : public BlobStore {
 public:
  LocalBlobStore(fs::path root, const base::Clock& clock) : shared_(std::move(root), clock) {}

  base::Result<std::unique_ptr<BlobWriter>> Begin() override {
    auto temp = (shared_.root / "tmp" / "blob.XXXXXX").string();
    base::UniqueFd fd(mkostemp(temp.data(), O_CLOEXEC));
    if (!fd) return base::ErrnoError("cannot create", temp);
    return std::unique_ptr<BlobWriter>(std::make_unique<LocalBlobWriter>(shared_, std::move(temp), std::move(fd)));
  }

  base::Result<bool> Contains(const base::Digest& digest) override { return Claimed(digest).has_value(); }
  base::Result<BlobRef> Stat(const base::Digest& digest) override { return Claimed(digest); }

  base::Result<void> Read(const base::Digest& digest,
                          const std::function<base::Result<void>(std::string_view)>& on_chunk) override;
  base::Result<OpenBlob> Open(const base::Digest& digest) override;
  base::Result<void> Materialize(const base::Digest& digest, const fs::path& path, Materialization how) override;
  base::Result<std::unique_ptr<Collection>> BeginCollection() override {
    if (!shared_.usage->BeginCollection()) return base::FailedPrecondition("blobs are being collected already");
    return std::unique_ptr<Collection>(std::make_unique<LocalCollection>(shared_));
  }

 private:
  fs::path PathFor(const base::Digest& digest) const { return PathOf(shared_.root, digest); }

  /// Looks under a pin, so that what is found cannot go before it is claimed; and what is not there is not claimed, or
  /// whoever asks for nonsense would fill the memory.
  base::Result<BlobRef> Claimed(const base::Digest& digest) {
    const auto pin = shared_.usage->MakePin(digest);
    std::error_code error;
    const auto size = fs::file_size(PathFor(digest), error);
    if (error) return NoBlob(digest);
    shared_.usage->Claim(digest);
    return BlobRef{digest, size};
  }

  Shared shared_;
};

base::Result<base::UniqueFd> OpenFor(const base::Digest& digest, const fs::path& path) {
  auto fd = base::OpenForRead(path);
  if (!fd && fd.error().code() == base::ErrorCode::kNotFound) return NoBlob(digest);
  return fd;
}

base::Result<void> LocalBlobStore::Read(const base::Digest& digest,
                                        const std::function<base::Result<void>(std::string_view)>& on_chunk) {
  const auto path = PathFor(digest);
  const auto fd = TRY(OpenFor(digest, path));
  base::Sha256 hash;
  std::string held;
  TRY(base::ReadChunks(fd.get(), [&](std::string_view chunk) -> base::Result<void> {
    hash.Update(chunk);
    if (!held.empty()) TRY(on_chunk(held));
    held = chunk;
    return base::Ok();
  }));
  if (hash.Finish() != digest) return CorruptBlob(digest, path);
  return held.empty() ? base::Ok() : on_chunk(held);
}

base::Result<OpenBlob> LocalBlobStore::Open(const base::Digest& digest) {
  const auto path = PathFor(digest);
  OpenBlob blob;
  blob.file = TRY(OpenFor(digest, path));
  struct stat info{};
  if (fstat(blob.file.get(), &info) != 0) return base::ErrnoError("cannot read", path.string());
  blob.ref = {digest, static_cast<uint64_t>(info.st_size)};
  if (blob.ref.size > kVerifiedFirst && shared_.verifier.IsTrusted(digest, blob.file.get())) return blob;
  // A descriptor of its own, whose position nobody else moves.
  const auto second = std::make_shared<base::UniqueFd>(TRY(OpenFor(digest, path)));
  auto verify = [this, digest, path, second](const base::Cancellation& cancel) -> base::Result<void> {
    if (!TRY(shared_.verifier.Verify(digest, second->get(), cancel))) return CorruptBlob(digest, path);
    return base::Ok();
  };
  if (blob.ref.size <= kVerifiedFirst) {
    TRY(verify({}));
  } else {
    blob.verify = std::move(verify);
  }
  return blob;
}

base::Result<void> LocalBlobStore::Materialize(const base::Digest& digest, const fs::path& path, Materialization how) {
  const auto source = PathFor(digest);
  const auto fd = TRY(OpenFor(digest, source));
  base::Sha256 hash;
  TRY(base::ReadChunks(fd.get(), [&](std::string_view chunk) -> base::Result<void> {
    hash.Update(chunk);
    return base::Ok();
  }));
  if (hash.Finish() != digest) return CorruptBlob(digest, source);
  std::error_code error = std::make_error_code(std::errc::cross_device_link);
  if (how == Materialization::kShare) fs::create_hard_link(source, path, error);
  if (error) fs::copy_file(source, path, error);
  if (error) {
    return base::Error(base::ErrorCode::kIo,
                       fmt::format("cannot put blob {} at {}: {}", digest.ToHex(), path.string(), error.message()),
                       path.string());
  }
  return base::Ok();
}

}  // namespace

base::Result<std::unique_ptr<BlobStore>> OpenLocalBlobStore(const fs::path& root, const base::Clock& clock) {
  std::error_code ignored;
  fs::remove_all(root / "tmp", ignored);
  TRY(base::MakeFolders(root / "tmp"));
  TRY(base::MakeFolders(root / "sha256"));
  return std::unique_ptr<BlobStore>(std::make_unique<LocalBlobStore>(root, clock));
}

base::Result<std::unique_ptr<BlobStore>> OpenLocalBlobStore(const fs::path& root) {
  static const base::SystemClock clock;
  return OpenLocalBlobStore(root, clock);
}

}  // namespace gyre::blob
