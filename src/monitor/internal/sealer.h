#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "base/log.h"
#include "base/result.h"
#include "monitor/internal/catalogue.h"
#include "monitor/internal/log_paths.h"

namespace gyre::monitor::internal {

/// Turns closed segments into Parquet, each exactly once: index, then Parquet under the segment's name, then the
/// segment is deleted. A crash anywhere in between is mended when the log is opened (recovery.h). The thread "seal-log"
/// does it in the background, callers may do it at once. Thread-safe.
class Sealer {
 public:
  struct Options {
    uint64_t memory_bytes;                ///< of the engine
    std::chrono::milliseconds stop_time;  ///< how long Stop may go on sealing
  };
  Sealer(const Options& options, const LogPaths& paths, Catalogue& catalogue, base::Logger& log);
  ~Sealer();
  Sealer(const Sealer&) = delete;
  Sealer& operator=(const Sealer&) = delete;

  /// There may be something to seal.
  void Wake();
  /// Seals the closed segments of an endpoint on the calling thread.
  base::Result<void> SealNow(const std::string& endpoint);
  /// Deletes the endpoint's sealed files and closed segments on the calling thread.
  base::Result<void> Forget(const std::string& endpoint);
  /// Seals what it can in the time it has; the rest waits for the next opening. Idempotent.
  void Stop();

 private:
  void Run();
  void SealAll();
  bool OutOfTime();
  /// False if no closed segment is left.
  base::Result<bool> SealNext(const std::string& endpoint);

  const Options options_;
  const LogPaths& paths_;
  Catalogue& catalogue_;
  base::Logger& log_;

  std::mutex sealing_;  ///< held while segments are turned into files, so that none is twice

  std::mutex mutex_;
  std::condition_variable wake_;
  bool due_ = false;                               ///< guarded by mutex_
  bool stopping_ = false;                          ///< guarded by mutex_
  std::chrono::steady_clock::time_point stop_by_;  ///< guarded by mutex_
  std::thread thread_;
};

/// What sealing one segment does, for `Sealer` and recovery alike; null if the segment had no rows.
base::Result<std::shared_ptr<const SealedFile>> SealSegment(const LogPaths& paths, const LogSnapshot::Tail& tail,
                                                            uint64_t memory_bytes);

}  // namespace gyre::monitor::internal
