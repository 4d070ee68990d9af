#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "monitor/internal/ring_set.h"
#include "monitor/internal/segment_writer.h"

namespace gyre::monitor::internal {

/// The thread "predict-log": empties the rings into segments and closes those that are due. Thread-safe.
class LogWriter {
 public:
  struct Options {
    std::chrono::milliseconds interval;
    uint64_t close_bytes;
    std::chrono::seconds close_age;
  };
  struct Deps {
    RingSet& rings;
    StreamTable& streams;
    SegmentWriter::Deps segments;
    base::Logger& log;
    /// Called on the writer's thread whenever segments have been closed.
    std::function<void()> on_closed;
  };
  LogWriter(const Options& options, Deps deps);
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// Returns once everything offered before the call is in segments (or was dropped), and those of the endpoint named,
  /// if any, are closed.
  void Flush(const std::string& close_endpoint = {});

  /// Writes what is left, closes everything, joins. Idempotent.
  void Stop();

 private:
  using Key = std::pair<uint32_t, int64_t>;  ///< stream, arrival day
  struct Wish {
    uint64_t ticket = 0;
    std::vector<std::string> close;  ///< endpoints
    bool stop = false;
  };

  void Run();
  Wish WaitForWork();
  void Fulfil(const Wish& wish);
  void DrainRings();
  SegmentWriter& WriterOf(uint32_t stream, int64_t day);
  void Write(SegmentWriter& writer);
  void CloseDue(const Wish& wish);

  const Options options_;
  const Deps deps_;
  std::map<Key, std::unique_ptr<SegmentWriter>> writers_;  ///< the thread's own
  bool failing_ = false;                                   ///< the thread's own: the last write failed

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  Wish wish_;               ///< guarded by mutex_
  uint64_t fulfilled_ = 0;  ///< guarded by mutex_: the ticket up to which wishes came true
  bool finished_ = false;   ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace gyre::monitor::internal
