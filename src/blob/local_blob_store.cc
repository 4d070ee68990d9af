#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blob/blob_store.h"

namespace gyre::blob {
namespace {

namespace fs = std::filesystem;

fs::path PathOf(const fs::path& root, const base::Digest& digest) {
  const auto hex = digest.ToHex();
  return root / "sha256" / hex.substr(0, 2) / hex;
}

class LocalBlobWriter final : public BlobWriter {
 public:
  LocalBlobWriter(fs::path root, std::string temp, base::UniqueFd fd)
      : root_(std::move(root)), temp_(std::move(temp)), fd_(std::move(fd)) {}
  ~LocalBlobWriter() override {
    if (!temp_.empty()) unlink(temp_.c_str());
  }

  base::Result<void> Append(std::string_view bytes) override {
    hash_.Update(bytes);
    size_ += bytes.size();
    return base::WriteAll(fd_.get(), bytes, temp_);
  }

  base::Result<BlobRef> Commit() override {
    const BlobRef ref{hash_.Finish(), size_};
    const auto path = PathOf(root_, ref.digest);
    // Whoever put it there may not have come to the sync, or failed at it.
    if (fs::exists(path)) {
      TRY(base::SyncFolder(path.parent_path()));
      TRY(base::SyncFolder(root_ / "sha256"));
      return ref;
    }
    if (fchmod(fd_.get(), 0444) != 0 || fsync(fd_.get()) != 0) return base::ErrnoError("cannot sync", temp_);
    const bool new_folder = !fs::exists(path.parent_path());
    TRY(base::MakeFolders(path.parent_path()));
    TRY(base::RenameDurably(temp_, path));
    if (new_folder) TRY(base::SyncFolder(root_ / "sha256"));
    temp_.clear();
    return ref;
  }

 private:
  fs::path root_;
  std::string temp_;
  base::UniqueFd fd_;
  base::Sha256 hash_;
  uint64_t size_ = 0;
};

class LocalBlobStore final : public BlobStore {
 public:
  explicit LocalBlobStore(fs::path root) : root_(std::move(root)) {}

  base::Result<std::unique_ptr<BlobWriter>> Begin() override {
    auto temp = (root_ / "tmp" / "blob.XXXXXX").string();
    base::UniqueFd fd(mkostemp(temp.data(), O_CLOEXEC));
    if (!fd) return base::ErrnoError("cannot create", temp);
    return std::unique_ptr<BlobWriter>(std::make_unique<LocalBlobWriter>(root_, std::move(temp), std::move(fd)));
  }

  base::Result<bool> Contains(const base::Digest& digest) override { return fs::exists(PathOf(root_, digest)); }

  base::Result<BlobRef> Stat(const base::Digest& digest) override {
    std::error_code error;
    const auto size = fs::file_size(PathOf(root_, digest), error);
    if (error) return base::NotFound(fmt::format("there is no blob {}", digest.ToHex()), digest.ToHex());
    return BlobRef{digest, size};
  }

  base::Result<void> Read(const base::Digest& digest,
                          const std::function<base::Result<void>(std::string_view)>& on_chunk) override;
  base::Result<void> Materialize(const base::Digest& digest, const fs::path& path, Materialization how) override;

 private:
  base::Result<void> Verify(const base::Digest& digest);

  fs::path root_;
};

base::Error CorruptBlob(const base::Digest& digest, const fs::path& path) {
  return base::Corrupt(
      fmt::format("the stored bytes of blob {} are not what was put there ({}); restore this file from a backup",
                  digest.ToHex(), path.string()),
      digest.ToHex());
}

base::Result<void> LocalBlobStore::Read(const base::Digest& digest,
                                        const std::function<base::Result<void>(std::string_view)>& on_chunk) {
  TRY(Stat(digest));
  const auto path = PathOf(root_, digest);
  const auto fd = TRY(base::OpenForRead(path));
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

base::Result<void> LocalBlobStore::Verify(const base::Digest& digest) {
  const auto path = PathOf(root_, digest);
  if (TRY(base::HashFile(path)) != digest) return CorruptBlob(digest, path);
  return base::Ok();
}

base::Result<void> LocalBlobStore::Materialize(const base::Digest& digest, const fs::path& path, Materialization how) {
  TRY(Stat(digest));
  TRY(Verify(digest));
  std::error_code error = std::make_error_code(std::errc::cross_device_link);
  if (how == Materialization::kShare) fs::create_hard_link(PathOf(root_, digest), path, error);
  if (error) fs::copy_file(PathOf(root_, digest), path, error);
  if (error) {
    return base::Error(base::ErrorCode::kIo,
                       fmt::format("cannot put blob {} at {}: {}", digest.ToHex(), path.string(), error.message()),
                       path.string());
  }
  return base::Ok();
}

}  // namespace

base::Result<std::unique_ptr<BlobStore>> OpenLocalBlobStore(const fs::path& root) {
  std::error_code ignored;
  fs::remove_all(root / "tmp", ignored);
  TRY(base::MakeFolders(root / "tmp"));
  TRY(base::MakeFolders(root / "sha256"));
  return std::unique_ptr<BlobStore>(std::make_unique<LocalBlobStore>(root));
}

}  // namespace gyre::blob
