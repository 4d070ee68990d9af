#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <sys/stat.h>

#include "base/cancel.h"
#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"

namespace gyre::blob::internal {

/// For how long bytes that were found to be right are taken to be right still.
inline constexpr std::chrono::minutes kTrustFor{10};

/// Remembers which files have been verified, and verifies each by one thread at a time. Thread-safe.
class Verifier {
 public:
  explicit Verifier(const base::Clock& clock) : clock_(clock) {}

  /// The bytes of the open file have just been seen and have this digest.
  void Remember(const base::Digest& digest, int fd);
  bool IsTrusted(const base::Digest& digest, int fd);
  /// Reads the file, unless another thread just has. False if it has other bytes.
  base::Result<bool> Verify(const base::Digest& digest, int fd, const base::Cancellation& cancel);

 private:
  /// The file as it was: bytes that were changed by a program make another one.
  struct Seen {
    ino_t inode = 0;
    off_t size = 0;
    int64_t modified_nanos = 0;
    std::chrono::steady_clock::time_point at;
  };
  static Seen Look(int fd);
  bool IsTrustedLocked(const base::Digest& digest, const Seen& now);
  void RememberLocked(const base::Digest& digest, const Seen& seen);

  const base::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable finished_;
  std::map<base::Digest, Seen> seen_;
  std::set<base::Digest> under_way_;
};

}  // namespace gyre::blob::internal
