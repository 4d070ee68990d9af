#pragma once

#include <sys/types.h>

#include "base/file.h"

namespace gyre::proc::internal {

/// Ends a process group if this process ends before the guard does, however it ends. The kernel tells a dead process's
/// children (PR_SET_PDEATHSIG), but not the children of those: a training script's workers would train on.
///
/// A shell of a few hundred KiB waits for a pipe that only this process holds open. Where there is no /bin/sh, or none
/// can be started, nothing is guarded.
class GroupGuard {
 public:
  explicit GroupGuard(pid_t group);
  ~GroupGuard();
  GroupGuard(const GroupGuard&) = delete;
  GroupGuard& operator=(const GroupGuard&) = delete;

 private:
  base::UniqueFd held_;  ///< the pipe's end; closed last
  pid_t shell_ = -1;
};

}  // namespace gyre::proc::internal
