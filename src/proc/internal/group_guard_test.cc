#include "proc/internal/group_guard.h"

#include <array>
#include <functional>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace gyre::proc::internal {
namespace {

/// A process that leads a group of its own and has told the guard so.
pid_t StartGroup(int descriptor) {
  const pid_t leader = fork();
  if (leader != 0) return leader;
  setpgid(0, 0);
  GroupGuard::Enter(descriptor, getpid());
  close(descriptor);  // which exec would do
  while (true) pause();
}

/// Not merely a zombie that nobody reaps.
bool Runs(pid_t pid) {
  const auto stat = base::ReadFile(fmt::format("/proc/{}/stat", pid), 4096);
  return stat && stat->find(") Z ") == std::string::npos;
}

bool EndsSoon(pid_t pid) {
  for (int i = 0; i < 2500 && Runs(pid); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  return !Runs(pid);
}

/// Two groups of a process that is then killed; what it does with the first one before is `change`.
std::array<pid_t, 2> OrphanTwoGroups(const std::function<void(GroupGuard&, pid_t)>& change) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(pipe(ends), 0);
  const pid_t owner = fork();
  if (owner == 0) {
    GroupGuard guard;
    const int descriptor = guard.Open();
    const std::array<pid_t, 2> groups = {StartGroup(descriptor), StartGroup(descriptor)};
    for (const pid_t group : groups) guard.Add(group);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // both have entered
    change(guard, groups[0]);
    (void)!write(ends[1], groups.data(), sizeof groups);
    while (true) pause();
  }
  std::array<pid_t, 2> groups = {-1, -1};
  EXPECT_EQ(read(ends[0], groups.data(), sizeof groups), static_cast<ssize_t>(sizeof groups));
  kill(owner, SIGKILL);
  waitpid(owner, nullptr, 0);
  close(ends[0]);
  close(ends[1]);
  return groups;
}

TEST(GroupGuard, EndsItsGroupsWhenItsProcessDies) {
  for (const pid_t group : OrphanTwoGroups([](GroupGuard&, pid_t) {})) EXPECT_TRUE(EndsSoon(group));
}

TEST(GroupGuard, AGroupThatWasTakenOutIsLeftAlone) {
  const auto groups = OrphanTwoGroups([](GroupGuard& guard, pid_t group) { guard.Remove(group); });
  EXPECT_TRUE(EndsSoon(groups[1]));
  EXPECT_TRUE(Runs(groups[0]));
  kill(groups[0], SIGKILL);
}

TEST(GroupGuard, AnotherShellTakesOverFromOneThatWasKilled) {
  const auto groups = OrphanTwoGroups([](GroupGuard& guard, pid_t group) {
    guard.KillShell();
    guard.Open();
    guard.Remove(group);
  });
  EXPECT_TRUE(EndsSoon(groups[1]));
  EXPECT_TRUE(Runs(groups[0]));
  kill(groups[0], SIGKILL);
}

}  // namespace
}  // namespace gyre::proc::internal
