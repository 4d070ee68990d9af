#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "base/hash.h"
#include "base/time.h"
#include "blob/blob_store.h"

namespace gyre::blob::internal {

/// Which blobs are about to be named in the metadata, so that a collection spares them. Thread-safe.
class Usage : public std::enable_shared_from_this<Usage> {
 public:
  explicit Usage(const base::Clock& clock) : clock_(clock) {}

  void Claim(const base::Digest& digest);
  Pin MakePin(const base::Digest& digest);

  /// False while another collection is under way.
  bool BeginCollection();
  void EndCollection();
  bool IsFree(const base::Digest& digest);
  /// Runs `remove` if the blob is free, and lets nobody claim it meanwhile.
  base::Result<bool> RemoveIfFree(const base::Digest& digest, const std::function<base::Result<bool>()>& remove);

 private:
  bool IsFreeLocked(const base::Digest& digest);
  void DropExpiredLocked();
  void Unpin(const base::Digest& digest);

  const base::Clock& clock_;
  std::mutex mutex_;
  std::map<base::Digest, std::chrono::steady_clock::time_point> claims_;
  size_t drop_expired_at_ = 1024;
  std::map<base::Digest, int> pins_;
  bool collecting_ = false;
  std::chrono::steady_clock::time_point claims_count_from_;
  std::set<base::Digest>
      unpinned_;  ///< since the collection began: what they were for may have been named after it looked
};

}  // namespace gyre::blob::internal
