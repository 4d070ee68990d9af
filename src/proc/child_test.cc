#include "proc/child.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "base/file.h"

namespace gyre::proc {
namespace {

class ChildTest : public ::testing::Test {
 protected:
  ChildSpec Shell(const std::string& script) {
    ChildSpec spec;
    spec.command = {"sh", "-c", script};
    spec.folder = folder_.path();
    spec.environment = {{"PATH", "/usr/bin:/bin"}, {"GREETING", "hello there"}};
    spec.output = folder_.path() / "output";
    return spec;
  }
  std::string Output() { return base::ReadFile(folder_.path() / "output", 1 << 20).value(); }

  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-proc-test").value();
  base::Cancellation never_;
  ChildRunner runner_;
};

TEST_F(ChildTest, RunsInItsFolderWithItsEnvironmentAndOutput) {
  const auto exit = runner_.Run(Shell("pwd; echo $GREETING; echo oops >&2; exit 3"), never_).value();
  EXPECT_EQ(exit.Describe(), "exited with code 3");
  EXPECT_EQ(Output(), fmt::format("{}\nhello there\noops\n", folder_.path().string()));
}

TEST_F(ChildTest, InheritsNeitherEnvironmentNorDescriptors) {
  setenv("GYRE_SECRET", "secret", 1);
  const base::UniqueFd leak(::dup(1));
  ASSERT_TRUE(runner_.Run(Shell("echo \"[$GYRE_SECRET]\"; ls /proc/self/fd | wc -l"), never_).value().ok());
  EXPECT_EQ(Output(), "[]\n4\n");  // 0, 1, 2 and the one ls reads the folder with
}

TEST_F(ChildTest, HandsOnEventLinesInOrderAndDropsOverlongOnes) {
  auto spec = Shell("echo one >&3; head -c 2000000 /dev/zero >&3; echo >&3; printf 'two\\nthree, cut' >&3");
  std::vector<std::string> events;
  spec.on_event = [&](std::string_view line) { events.emplace_back(line); };
  ASSERT_TRUE(runner_.Run(spec, never_).value().ok());
  EXPECT_EQ(events, (std::vector<std::string>{"one", "two"}));
}

TEST_F(ChildTest, AProgramThatDoesNotExistIsAnErrorThatNamesIt) {
  auto spec = Shell("");
  spec.command = {"no-such-program"};
  const auto ran = runner_.Run(spec, never_);
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().code(), base::ErrorCode::kNotFound);
  EXPECT_EQ(ran.error().name(), "no-such-program");
}

TEST_F(ChildTest, SaysWhichSignalKilledIt) {
  const auto exit = runner_.Run(Shell("kill -SEGV $$"), never_).value();
  EXPECT_EQ(exit.kind, ExitKind::kSignalled);
  EXPECT_EQ(exit.Describe(), "was killed by signal 11 (Segmentation fault)");
}

TEST_F(ChildTest, ATimeoutStopsTheWholeGroup) {
  auto spec = Shell("sleep 60 & echo $! > grandchild; wait");
  spec.timeout = std::chrono::milliseconds(200);
  const auto exit = runner_.Run(spec, never_).value();
  EXPECT_EQ(exit.kind, ExitKind::kTimedOut);
  EXPECT_LT(exit.wall, std::chrono::seconds(2));
  const auto grandchild = std::stoi(base::ReadFile(folder_.path() / "grandchild", 100).value());
  for (int i = 0; i < 200 && kill(grandchild, 0) == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_NE(kill(grandchild, 0), 0);
}

TEST_F(ChildTest, AChildThatIgnoresSigtermIsKilled) {
  auto spec = Shell("trap '' TERM; while true; do sleep 1; done");
  spec.timeout = std::chrono::milliseconds(100);
  EXPECT_EQ(runner_.Run(spec, never_).value().kind, ExitKind::kTimedOut);
}

TEST_F(ChildTest, CancellationStopsIt) {
  const auto cancel = base::Cancellation::Make();
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    cancel.Cancel();
  });
  EXPECT_EQ(runner_.Run(Shell("sleep 60"), cancel).value().kind, ExitKind::kCancelled);
  canceller.join();
}

/// A process of a dead parent that nobody reaps stays as a zombie: what counts is that it runs no more.
bool RunsStill(pid_t pid) {
  const auto stat = base::ReadFile(fmt::format("/proc/{}/stat", pid), 4096);
  return stat && stat->find(") Z ") == std::string::npos;
}

bool EndsSoon(pid_t pid) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (RunsStill(pid) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  return !RunsStill(pid);
}

class OrphanTest : public ChildTest {
 protected:
  /// A process that runs a child that starts a "sleep 60" of its own, which `grandchild_` is.
  void StartAll() {
    std::filesystem::remove(file_);
    const auto spec = Shell("sleep 60 & echo $! > started; mv started pid; wait");
    parent_ = fork();
    if (parent_ == 0) {
      (void)ChildRunner().Run(spec, never_);
      _exit(0);
    }
    while (!std::filesystem::exists(file_)) std::this_thread::sleep_for(std::chrono::microseconds(100));
    grandchild_ = static_cast<pid_t>(std::stoi(base::ReadFile(file_, 100).value()));
  }
  void KillParent() {
    kill(parent_, SIGKILL);
    waitpid(parent_, nullptr, 0);
  }

  const std::filesystem::path file_ = folder_.path() / "pid";
  pid_t parent_ = -1;
  pid_t grandchild_ = -1;
};

TEST_F(OrphanTest, TheWholeGroupDiesWithThisProcess) {
  StartAll();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  ASSERT_TRUE(RunsStill(grandchild_)) << "nothing ends it while the parent lives";
  KillParent();
  EXPECT_TRUE(EndsSoon(grandchild_));
}

TEST_F(OrphanTest, HoweverEarlyThatIs) {
  for (int i = 0; i < 30; ++i) {
    StartAll();
    KillParent();
    ASSERT_TRUE(EndsSoon(grandchild_)) << i;
  }
}

TEST_F(ChildTest, MemoryBeyondTheLimitFailsInTheChildOnly) {
  auto spec = Shell("head -c 400000000 /dev/zero | tail | wc -c");
  spec.memory_bytes = 100 << 20;
  ASSERT_TRUE(runner_.Run(spec, never_));
  EXPECT_NE(Output().find("memory exhausted"), std::string::npos) << Output();
}

TEST_F(ChildTest, ReportsWhatTheChildUsed) {
  const auto exit = runner_.Run(Shell("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"), never_).value();
  EXPECT_GT(exit.cpu, std::chrono::milliseconds(5));
  EXPECT_GT(exit.peak_memory_bytes, 100'000u);
}

}  // namespace
}  // namespace gyre::proc
