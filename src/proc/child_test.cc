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
};

TEST_F(ChildTest, RunsInItsFolderWithItsEnvironmentAndOutput) {
  const auto exit = RunChild(Shell("pwd; echo $GREETING; echo oops >&2; exit 3"), never_).value();
  EXPECT_EQ(exit.Describe(), "exited with code 3");
  EXPECT_EQ(Output(), fmt::format("{}\nhello there\noops\n", folder_.path().string()));
}

TEST_F(ChildTest, InheritsNeitherEnvironmentNorDescriptors) {
  setenv("GYRE_SECRET", "secret", 1);
  const base::UniqueFd leak(::dup(1));
  ASSERT_TRUE(RunChild(Shell("echo \"[$GYRE_SECRET]\"; ls /proc/self/fd | wc -l"), never_).value().ok());
  EXPECT_EQ(Output(), "[]\n4\n");  // 0, 1, 2 and the one ls reads the folder with
}

TEST_F(ChildTest, HandsOnEventLinesInOrderAndDropsOverlongOnes) {
  auto spec = Shell("echo one >&3; head -c 2000000 /dev/zero >&3; echo >&3; printf 'two\\nthree, cut' >&3");
  std::vector<std::string> events;
  spec.on_event = [&](std::string_view line) { events.emplace_back(line); };
  ASSERT_TRUE(RunChild(spec, never_).value().ok());
  EXPECT_EQ(events, (std::vector<std::string>{"one", "two"}));
}

TEST_F(ChildTest, AProgramThatDoesNotExistIsAnErrorThatNamesIt) {
  auto spec = Shell("");
  spec.command = {"no-such-program"};
  const auto ran = RunChild(spec, never_);
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().code(), base::ErrorCode::kNotFound);
  EXPECT_EQ(ran.error().name(), "no-such-program");
}

TEST_F(ChildTest, SaysWhichSignalKilledIt) {
  const auto exit = RunChild(Shell("kill -SEGV $$"), never_).value();
  EXPECT_EQ(exit.kind, ExitKind::kSignalled);
  EXPECT_EQ(exit.Describe(), "was killed by signal 11 (Segmentation fault)");
}

TEST_F(ChildTest, ATimeoutStopsTheWholeGroup) {
  auto spec = Shell("sleep 60 & echo $! > grandchild; wait");
  spec.timeout = std::chrono::milliseconds(200);
  const auto exit = RunChild(spec, never_).value();
  EXPECT_EQ(exit.kind, ExitKind::kTimedOut);
  EXPECT_LT(exit.wall, std::chrono::seconds(2));
  const auto grandchild = std::stoi(base::ReadFile(folder_.path() / "grandchild", 100).value());
  for (int i = 0; i < 200 && kill(grandchild, 0) == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_NE(kill(grandchild, 0), 0);
}

TEST_F(ChildTest, AChildThatIgnoresSigtermIsKilled) {
  auto spec = Shell("trap '' TERM; while true; do sleep 1; done");
  spec.timeout = std::chrono::milliseconds(100);
  EXPECT_EQ(RunChild(spec, never_).value().kind, ExitKind::kTimedOut);
}

TEST_F(ChildTest, CancellationStopsIt) {
  const auto cancel = base::Cancellation::Make();
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    cancel.Cancel();
  });
  EXPECT_EQ(RunChild(Shell("sleep 60"), cancel).value().kind, ExitKind::kCancelled);
  canceller.join();
}

/// What the killed process's child had started itself dies too.
TEST_F(ChildTest, TheWholeGroupDiesWithThisProcess) {
  const auto spec = Shell("sleep 60 & echo $! > started; mv started pid; wait");
  const pid_t parent = fork();
  if (parent == 0) {
    (void)RunChild(spec, never_);
    _exit(0);
  }
  const auto file = folder_.path() / "pid";
  while (!std::filesystem::exists(file)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const auto grandchild = static_cast<pid_t>(std::stoi(base::ReadFile(file, 100).value()));
  // A process of a dead parent that nobody reaps stays as a zombie: what counts is that it runs no more.
  const auto runs = [&] {
    const auto stat = base::ReadFile(fmt::format("/proc/{}/stat", grandchild), 4096);
    return stat && stat->find(") Z ") == std::string::npos;
  };
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // nothing ends it while the parent lives
  ASSERT_TRUE(runs());
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (runs() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_FALSE(runs());
}

TEST_F(ChildTest, MemoryBeyondTheLimitFailsInTheChildOnly) {
  auto spec = Shell("head -c 400000000 /dev/zero | tail | wc -c");
  spec.memory_bytes = 100 << 20;
  ASSERT_TRUE(RunChild(spec, never_));
  EXPECT_NE(Output().find("memory exhausted"), std::string::npos) << Output();
}

TEST_F(ChildTest, ReportsWhatTheChildUsed) {
  const auto exit = RunChild(Shell("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"), never_).value();
  EXPECT_GT(exit.cpu, std::chrono::milliseconds(5));
  EXPECT_GT(exit.peak_memory_bytes, 100'000u);
}

}  // namespace
}  // namespace gyre::proc
