#include "cli/internal/signals.h"

#include <cerrno>
#include <pthread.h>

namespace gyre::cli::internal {

StopSignals::StopSignals() {
  sigemptyset(&set_);
  sigaddset(&set_, SIGINT);
  sigaddset(&set_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

void StopSignals::Wait() {
  int received = 0;
  while (sigwait(&set_, &received) != 0) {
  }
  Disarm();
}

bool StopSignals::WaitFor(std::chrono::milliseconds at_most) {
  const timespec timeout{at_most.count() / 1000, (at_most.count() % 1000) * 1'000'000};
  if (sigtimedwait(&set_, nullptr, &timeout) < 0) return false;
  Disarm();
  return true;
}

void StopSignals::Disarm() {
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
}

}  // namespace gyre::cli::internal
