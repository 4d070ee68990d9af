#include "blob/internal/verifier.h"

#include <unistd.h>

#include "base/file.h"

namespace gyre::blob::internal {
namespace {

constexpr size_t kMaxRemembered = 10'000;
constexpr std::chrono::milliseconds kLookForCancel{50};

base::Result<base::Digest> HashOf(int fd, const base::Cancellation& cancel) {
  if (lseek(fd, 0, SEEK_SET) < 0) return base::ErrnoError("cannot read", "a blob");
  base::Sha256 hash;
  TRY(base::ReadChunks(fd, [&](std::string_view chunk) -> base::Result<void> {
    hash.Update(chunk);
    return cancel.Check();
  }));
  return hash.Finish();
}

}  // namespace

Verifier::Seen Verifier::Look(int fd) {
  struct stat info{};
  if (fstat(fd, &info) != 0) return {};
  return {.inode = info.st_ino,
          .size = info.st_size,
          .modified_nanos = info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec,
          .at = {}};
}

void Verifier::RememberLocked(const base::Digest& digest, const Seen& seen) {
  if (seen_.size() >= kMaxRemembered) seen_.clear();
  auto& kept = seen_[digest] = seen;
  kept.at = clock_.Monotonic();
}

void Verifier::Remember(const base::Digest& digest, int fd) {
  const auto seen = Look(fd);
  const std::lock_guard lock(mutex_);
  RememberLocked(digest, seen);
}

bool Verifier::IsTrustedLocked(const base::Digest& digest, const Seen& now) {
  const auto found = seen_.find(digest);
  if (found == seen_.end()) return false;
  const auto& seen = found->second;
  const bool same =
      seen.inode == now.inode && seen.size == now.size && seen.modified_nanos == now.modified_nanos && now.inode != 0;
  return same && clock_.Monotonic() - seen.at < kTrustFor;
}

bool Verifier::IsTrusted(const base::Digest& digest, int fd) {
  const auto now = Look(fd);
  const std::lock_guard lock(mutex_);
  return IsTrustedLocked(digest, now);
}

base::Result<bool> Verifier::Verify(const base::Digest& digest, int fd, const base::Cancellation& cancel) {
  const auto now = Look(fd);
  {
    std::unique_lock lock(mutex_);
    while (under_way_.contains(digest)) {
      finished_.wait_for(lock, kLookForCancel);
      TRY(cancel.Check());
    }
    if (IsTrustedLocked(digest, now)) return true;
    under_way_.insert(digest);
  }
  const auto hash = HashOf(fd, cancel);
  const bool right = hash && *hash == digest;
  {
    const std::lock_guard lock(mutex_);
    under_way_.erase(digest);
    if (right) RememberLocked(digest, now);
  }
  finished_.notify_all();
  if (!hash) return hash.error();
  return right;
}

}  // namespace gyre::blob::internal
