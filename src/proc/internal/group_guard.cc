#include "proc/internal/group_guard.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gyre::proc::internal {
namespace {

constexpr const char* kShell = "/bin/sh";
/// Nothing is ever written to the pipe: `read` fails when its other end is closed.
constexpr const char* kScript = "read -r _ || kill -9 -\"$1\"";

/// The shell with `input` as its standard input and nothing else of this process; -1 if it could not be started.
pid_t SpawnShell(int input, pid_t group) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&files, input, 0);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&files, 3);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);  // signals to this process's group are none of its business
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  const std::string number = std::to_string(group);
  const char* const argv[] = {kShell, "-c", kScript, "gyre-guard", number.c_str(), nullptr};
  char* const environment[] = {nullptr};
  pid_t shell = -1;
  if (posix_spawn(&shell, kShell, &files, &attributes, const_cast<char* const*>(argv), environment) != 0) shell = -1;
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return shell;
}

}  // namespace

GroupGuard::GroupGuard(pid_t group) {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  const base::UniqueFd input(ends[0]);
  held_ = base::UniqueFd(ends[1]);
  shell_ = SpawnShell(input.get(), group);
}

GroupGuard::~GroupGuard() {
  if (shell_ < 0) return;
  kill(shell_, SIGKILL);  // before the pipe closes, which would be its cue
  while (waitpid(shell_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace gyre::proc::internal
