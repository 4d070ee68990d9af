#include "proc/child.h"

#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "proc/internal/group_guard.h"

namespace gyre::proc {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPollSlice{50};
constexpr std::chrono::seconds kTermToKill{2};
constexpr size_t kMaxLine = 1 << 20;

/// What the child needs, laid out before fork: between fork and exec only async-signal-safe calls are allowed.
struct Prepared {
  std::vector<std::string> environment;
  std::vector<char*> argv;
  std::vector<char*> envp;
};

Prepared Prepare(const ChildSpec& spec) {
  Prepared prepared;
  for (const auto& [key, value] : spec.environment) prepared.environment.push_back(fmt::format("{}={}", key, value));
  for (const auto& argument : spec.command) prepared.argv.push_back(const_cast<char*>(argument.c_str()));
  for (auto& entry : prepared.environment) prepared.envp.push_back(entry.data());
  prepared.argv.push_back(nullptr);
  prepared.envp.push_back(nullptr);
  return prepared;
}

[[noreturn]] void FailInChild(int report_fd) {
  const int code = errno;
  (void)!write(report_fd, &code, sizeof code);
  _exit(127);
}

struct Descriptors {
  int output;
  int event;   ///< -1 for none
  int report;  ///< closes by itself at a successful exec and carries errno otherwise
  int guard;   ///< -1 for none
};

void CloseFrom(int first) {
  syscall(SYS_close_range, first, ~0U, 0);
}

/// Runs in the child: never returns.
[[noreturn]] void Become(const ChildSpec& spec, const Prepared& prepared, pid_t parent, const Descriptors& to) {
  const int report_fd = to.report;
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // the parent died before the line above
  internal::GroupGuard::Enter(to.guard, getpid());
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  for (const int signal_number : {SIGINT, SIGTERM, SIGPIPE, SIGHUP}) signal(signal_number, SIG_DFL);
  if (chdir(spec.folder.c_str()) != 0) FailInChild(report_fd);
  const int null_fd = open("/dev/null", O_RDONLY);
  if (null_fd < 0 || dup2(null_fd, 0) < 0 || dup2(to.output, 1) < 0 || dup2(to.output, 2) < 0) FailInChild(report_fd);
  if (to.event >= 0 && dup2(to.event, 3) < 0) FailInChild(report_fd);
  // The report descriptor moves to 4, past what the child keeps, and everything above goes.
  if (dup2(report_fd, 4) < 0) FailInChild(report_fd);
  fcntl(4, F_SETFD, FD_CLOEXEC);
  if (to.event < 0) close(3);
  CloseFrom(5);
  if (spec.nice > 0) setpriority(PRIO_PROCESS, 0, spec.nice);
  if (spec.memory_bytes) {
    const rlimit limit{*spec.memory_bytes, *spec.memory_bytes};
    if (setrlimit(RLIMIT_AS, &limit) != 0) FailInChild(4);
  }
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  execvpe(prepared.argv[0], prepared.argv.data(), prepared.envp.data());
  FailInChild(4);
}

/// vfork shares this process's memory until exec, so starting a child costs the same however large the server is.
/// Signals stay blocked meanwhile: a handler must not run in the child on this process's memory.
[[gnu::noinline]] pid_t Start(const ChildSpec& spec, const Prepared& prepared, const Descriptors& to) {
  const pid_t parent = getpid();
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  // NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork,bugprone-unsafe-functions): safe by the lines above
  const pid_t pid = vfork();
  if (pid == 0) Become(spec, prepared, parent, to);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return pid;
}

struct Pipe {
  base::UniqueFd read;
  base::UniqueFd write;
};

/// Both ends above 4, so that the child's dup2 calls cannot overwrite them.
base::Result<Pipe> MakePipe() {
  int fds[2] = {-1, -1};
  if (pipe2(fds, O_CLOEXEC) != 0) return base::ErrnoError("cannot make", "a pipe");
  Pipe raw{base::UniqueFd(fds[0]), base::UniqueFd(fds[1])};
  Pipe moved{base::UniqueFd(fcntl(fds[0], F_DUPFD_CLOEXEC, 5)), base::UniqueFd(fcntl(fds[1], F_DUPFD_CLOEXEC, 5))};
  if (!moved.read || !moved.write) return base::ErrnoError("cannot make", "a pipe");
  return moved;
}

base::Result<base::UniqueFd> OpenOutput(const std::filesystem::path& path) {
  const char* target = path.empty() ? "/dev/null" : path.c_str();
  const base::UniqueFd low(open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  base::UniqueFd fd(low ? fcntl(low.get(), F_DUPFD_CLOEXEC, 5) : -1);
  if (!fd) return base::ErrnoError("cannot create", target);
  return fd;
}

/// Cuts what arrives on the event descriptor into lines.
class LineReader {
 public:
  LineReader(int fd, const std::function<void(std::string_view)>& on_line) : fd_(fd), on_line_(on_line) {
    fcntl(fd_, F_SETFL, O_NONBLOCK);
  }

  /// False once the other end is closed.
  bool Drain() {
    char buffer[65536];
    while (true) {
      const ssize_t got = read(fd_, buffer, sizeof buffer);
      if (got == 0) return false;
      if (got < 0) return errno == EAGAIN || errno == EINTR;
      Take(std::string_view(buffer, static_cast<size_t>(got)));
    }
  }

 private:
  void Take(std::string_view bytes) {
    while (true) {
      const auto end = bytes.find('\n');
      if (pending_.size() + std::min(end, bytes.size()) > kMaxLine) overlong_ = true;
      if (!overlong_) pending_ += bytes.substr(0, end);
      if (end == std::string_view::npos) return;
      if (!overlong_ && on_line_) on_line_(pending_);
      pending_.clear();
      overlong_ = false;
      bytes.remove_prefix(end + 1);
    }
  }

  int fd_;
  const std::function<void(std::string_view)>& on_line_;
  std::string pending_;
  bool overlong_ = false;
};

/// Ends the child's whole group, politely first.
class GroupKiller {
 public:
  explicit GroupKiller(pid_t group) : group_(group) {}

  void Advance(steady_clock::time_point now) {
    if (!terminated_at_) {
      terminated_at_ = now;
      kill(-group_, SIGTERM);
    } else if (now - *terminated_at_ >= kTermToKill) {
      kill(-group_, SIGKILL);
    }
  }
  bool started() const { return terminated_at_.has_value(); }

 private:
  pid_t group_;
  std::optional<steady_clock::time_point> terminated_at_;
};

/// Waits until the child is a zombie, without reaping it, handing on its events and enforcing the limits.
ExitKind Await(const ChildSpec& spec, pid_t pid, int pid_fd, LineReader& events, int event_fd,
               const base::Cancellation& cancel) {
  const auto start = steady_clock::now();
  GroupKiller killer(pid);
  ExitKind kind = ExitKind::kExited;
  bool events_open = true;
  while (true) {
    std::array<pollfd, 2> watched = {pollfd{pid_fd, POLLIN, 0}, pollfd{events_open ? event_fd : -1, POLLIN, 0}};
    poll(watched.data(), watched.size(), static_cast<int>(kPollSlice.count()));
    if (watched[1].revents != 0) events_open = events.Drain();
    if (watched[0].revents != 0) break;
    const auto now = steady_clock::now();
    if (!killer.started() && !cancel.Check()) kind = ExitKind::kCancelled;
    if (!killer.started() && spec.timeout && now - start > *spec.timeout) kind = ExitKind::kTimedOut;
    if (kind != ExitKind::kExited) killer.Advance(now);
  }
  events.Drain();
  kill(-pid, SIGKILL);  // what the child left behind in its group
  return kind;
}

std::chrono::microseconds ToMicros(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

ChildExit Reap(internal::GroupGuard& guard, pid_t pid, ExitKind kind, steady_clock::time_point start) {
  guard.Remove(pid);
  int status = 0;
  rusage usage{};
  while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  ChildExit result;
  result.kind = kind;
  result.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
  if (kind == ExitKind::kExited && WIFSIGNALED(status)) result.kind = ExitKind::kSignalled;
  result.wall = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - start);
  result.cpu = ToMicros(usage.ru_utime) + ToMicros(usage.ru_stime);
  result.peak_memory_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
  return result;
}

std::string_view SignalName(int number) {
  const char* name = sigdescr_np(number);
  return name != nullptr ? name : "unknown";
}

/// Zero once exec succeeded, else the errno that kept it from doing so.
int ExecErrno(int report_fd) {
  int code = 0;
  ssize_t got = 0;
  while ((got = read(report_fd, &code, sizeof code)) < 0 && errno == EINTR) {
  }
  return got == sizeof code ? code : 0;
}

}  // namespace

std::string ChildExit::Describe() const {
  switch (kind) {
    case ExitKind::kExited:
      return fmt::format("exited with code {}", code);
    case ExitKind::kSignalled:
      return fmt::format("was killed by signal {} ({})", code, SignalName(code));
    case ExitKind::kTimedOut:
      return fmt::format("ran over its time and was stopped after {:.1f} s", static_cast<double>(wall.count()) / 1e6);
    case ExitKind::kCancelled:
      return "was cancelled";
  }
  return "ended";
}

ChildRunner::ChildRunner() : guard_(std::make_unique<internal::GroupGuard>()) {}
ChildRunner::~ChildRunner() = default;

base::Result<ChildExit> ChildRunner::Run(const ChildSpec& spec, const base::Cancellation& cancel) {
  if (spec.command.empty()) return base::InvalidArgument("the command is empty", "command");
  const auto output = TRY(OpenOutput(spec.output));
  auto events = TRY(MakePipe());
  auto report = TRY(MakePipe());
  const Prepared prepared = Prepare(spec);
  const auto start = steady_clock::now();
  const pid_t pid = Start(spec, prepared,
                          {.output = output.get(),
                           .event = spec.on_event ? events.write.get() : -1,
                           .report = report.write.get(),
                           .guard = guard_->Open()});
  if (pid < 0) return base::ErrnoError("cannot start", spec.command[0]);
  guard_->Add(pid);
  events.write.Reset();
  report.write.Reset();
  if (const int failed = ExecErrno(report.read.get()); failed != 0) {
    Reap(*guard_, pid, ExitKind::kExited, start);
    errno = failed;
    return base::ErrnoError("cannot start", spec.command[0]);
  }
  const base::UniqueFd pid_fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pid_fd) {
    kill(-pid, SIGKILL);
    Reap(*guard_, pid, ExitKind::kExited, start);
    return base::ErrnoError("cannot watch", spec.command[0]);
  }
  LineReader lines(events.read.get(), spec.on_event);
  const ExitKind kind = Await(spec, pid, pid_fd.get(), lines, events.read.get(), cancel);
  return Reap(*guard_, pid, kind, start);
}

}  // namespace gyre::proc
