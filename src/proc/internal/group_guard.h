#pragma once

#include <mutex>
#include <set>
#include <sys/types.h>

#include "base/file.h"

namespace gyre::proc::internal {

/// Ends process groups if this process ends before they do, however it ends. The kernel tells a dead process's children
/// (PR_SET_PDEATHSIG), but not the children of those: a training script's workers would train on.
///
/// A shell of a few hundred KiB, started with the first group, reads the groups from a socket whose other end only this
/// process holds open. A child tells it of its own group before it becomes another program, so that there is no moment
/// at which it could start something unseen. Where there is no /bin/sh, or none can be started, nothing is guarded.
/// Thread-safe.
class GroupGuard {
 public:
  GroupGuard() = default;
  ~GroupGuard();
  GroupGuard(const GroupGuard&) = delete;
  GroupGuard& operator=(const GroupGuard&) = delete;

  /// Starts the shell if none runs. The descriptor for `Enter`, -1 if there is no shell; valid as long as this is.
  int Open();
  /// In the child, between vfork and exec: its group is ended from now on if `descriptor`'s owner ends.
  static void Enter(int descriptor, pid_t group);
  /// The parent has seen that the group was entered.
  void Add(pid_t group);
  /// Before the group's leader is reaped, whose number may be another group's afterwards.
  void Remove(pid_t group);

  /// Guards nothing until the next `Open`.
  void KillShell();

 private:
  bool Runs();

  std::mutex mutex_;
  base::UniqueFd held_;     ///< the socket's end; guarded by mutex_
  pid_t shell_ = -1;        ///< guarded by mutex_
  std::set<pid_t> groups_;  ///< for a new shell, should this one be killed; guarded by mutex_
};

}  // namespace gyre::proc::internal
