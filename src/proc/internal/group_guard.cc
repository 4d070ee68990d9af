#include "proc/internal/group_guard.h"

#include <array>
#include <charconv>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gyre::proc::internal {
namespace {

constexpr const char* kShell = "/bin/sh";
/// "+7" enters a group, "-7" takes it out. The end of the input is the end of the process that wrote it.
constexpr const char* kScript = R"(groups=" "
while read -r line; do
  group=${line#?}
  case $line in
    +*) groups="$groups$group " ;;
    -*) case $groups in *" $group "*) groups="${groups%% "$group" *} ${groups#* "$group" }" ;; esac ;;
  esac
done
for group in $groups; do kill -9 -"$group"; done)";

/// Only async-signal-safe calls: a child says this before exec.
void Tell(int descriptor, char what, pid_t group) {
  std::array<char, 16> line{what};
  char* end = std::to_chars(line.data() + 1, line.data() + line.size() - 1, group).ptr;
  *end++ = '\n';
  (void)send(descriptor, line.data(), static_cast<size_t>(end - line.data()), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/// The shell with `input` as its standard input and nothing else of this process; -1 if it could not be started.
pid_t SpawnShell(int input) {
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
  const char* const argv[] = {kShell, "-c", kScript, "gyre-guard", nullptr};
  char* const environment[] = {nullptr};
  pid_t shell = -1;
  if (posix_spawn(&shell, kShell, &files, &attributes, const_cast<char* const*>(argv), environment) != 0) shell = -1;
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return shell;
}

pid_t Wait(pid_t process, int options) {
  pid_t waited = -1;
  while ((waited = waitpid(process, nullptr, options)) < 0 && errno == EINTR) {
  }
  return waited;
}

}  // namespace

GroupGuard::~GroupGuard() {
  KillShell();  // before the socket closes, which would be its cue
}

void GroupGuard::KillShell() {
  const std::lock_guard lock(mutex_);
  if (shell_ < 0) return;
  kill(shell_, SIGKILL);
  Wait(shell_, 0);
  shell_ = -1;
}

bool GroupGuard::Runs() {
  return shell_ >= 0 && Wait(shell_, WNOHANG) == 0;
}

int GroupGuard::Open() {
  const std::lock_guard lock(mutex_);
  if (Runs()) return held_.get();
  int ends[2] = {-1, -1};
  shell_ = -1;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return -1;
  const base::UniqueFd input(ends[0]);
  base::UniqueFd held(ends[1]);
  shell_ = SpawnShell(input.get());
  if (shell_ < 0) return -1;
  // The number of a descriptor that a child may just be using stays what it is.
  if (held_) {
    dup3(held.get(), held_.get(), O_CLOEXEC);
  } else {
    held_ = std::move(held);
  }
  for (const pid_t group : groups_) Tell(held_.get(), '+', group);
  return held_.get();
}

void GroupGuard::Enter(int descriptor, pid_t group) {
  if (descriptor >= 0) Tell(descriptor, '+', group);
}

void GroupGuard::Add(pid_t group) {
  const std::lock_guard lock(mutex_);
  groups_.insert(group);
}

void GroupGuard::Remove(pid_t group) {
  const std::lock_guard lock(mutex_);
  groups_.erase(group);
  if (held_) Tell(held_.get(), '-', group);
}

}  // namespace gyre::proc::internal
