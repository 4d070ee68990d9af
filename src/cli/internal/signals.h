#pragma once

#include <chrono>
#include <signal.h>

namespace gyre::cli::internal {

/// SIGINT and SIGTERM as something to wait for instead of something that interrupts. Make it before any thread: they
/// inherit the mask. A second signal while the first is being handled ends the program at once.
class StopSignals {
 public:
  StopSignals();

  /// Until a signal comes.
  void Wait();
  /// True if one came within the time.
  bool WaitFor(std::chrono::milliseconds at_most);

 private:
  void Disarm();
  sigset_t set_;
};

}  // namespace gyre::cli::internal
