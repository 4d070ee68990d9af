#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"

namespace gyre::proc {

/// A program to run in a process of its own and the limits it runs under.
struct ChildSpec {
  std::vector<std::string> command;                ///< program (looked up in PATH unless it has a slash) and arguments
  std::filesystem::path folder;                    ///< working folder; must exist
  std::map<std::string, std::string> environment;  ///< the whole environment: nothing is inherited
  int nice = 0;                                    ///< 0 to 19, lower priority for larger numbers
  std::optional<uint64_t> memory_bytes;            ///< of address space; allocation beyond it fails in the child
  std::optional<std::chrono::milliseconds> timeout;
  std::filesystem::path output;  ///< standard output and error go here (created or cut)
  /// Called with complete lines the child writes to descriptor 3, without the newline, on the calling thread. Lines
  /// over 1 MiB are dropped.
  std::function<void(std::string_view line)> on_event;
};

enum class ExitKind { kExited, kSignalled, kTimedOut, kCancelled };

struct ChildExit {
  ExitKind kind = ExitKind::kExited;
  int code = 0;  ///< exit code, or signal number
  std::chrono::microseconds wall{};
  std::chrono::microseconds cpu{};
  uint64_t peak_memory_bytes = 0;

  bool ok() const { return kind == ExitKind::kExited && code == 0; }
  /// "exited with code 3", "was killed by signal 11 (Segmentation fault)", "ran over its 5 s".
  std::string Describe() const;
};

namespace internal {
class GroupGuard;
}

/// Runs children of this process. Thread-safe: calls are independent.
class ChildRunner {
 public:
  ChildRunner();
  /// After all calls have returned.
  ~ChildRunner();

  /// Starts the child in a process group of its own, waits for its end and reaps it. At a timeout or cancellation the
  /// whole group gets SIGTERM, and SIGKILL two seconds later. The group dies with this process too, however it ends.
  /// The error is for a child that could not be started at all.
  base::Result<ChildExit> Run(const ChildSpec& spec, const base::Cancellation& cancel);

 private:
  std::unique_ptr<internal::GroupGuard> guard_;
};

}  // namespace gyre::proc
