#include "server/home.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/json.h"

namespace gyre::server {
namespace {

constexpr size_t kMaxLockFile = 4096;

base::Result<base::UniqueFd> OpenLockFile(const std::filesystem::path& folder, int flags) {
  const auto path = folder / "lock";
  base::UniqueFd fd(open(path.c_str(), flags | O_CLOEXEC, 0644));
  if (!fd) return base::ErrnoError("cannot open", path.string());
  return fd;
}

/// Of the open file, not of the process: closing another descriptor of the file does not give it up. Unlike flock's,
/// this lock can be asked about without taking it, so that a command that looks never keeps a server from starting.
struct flock WholeFile(short type) {
  struct flock lock{};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

HomeHolder ReadHolder(int fd) {
  std::array<char, kMaxLockFile> text{};
  const ssize_t got = pread(fd, text.data(), text.size(), 0);
  HomeHolder holder;
  if (got <= 0) return holder;
  const auto json = base::ParseJson(std::string_view(text.data(), static_cast<size_t>(got)), "the lock file");
  if (!json || !json->is_object()) return holder;
  holder.pid = json->value("pid", int64_t{0});
  holder.url = json->value("url", "");
  return holder;
}

base::Result<void> WriteHolder(int fd, const std::string& url) {
  const auto text = base::DumpJson({{"pid", static_cast<int64_t>(getpid())}, {"url", url}}) + "\n";
  if (ftruncate(fd, 0) != 0 || pwrite(fd, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    return base::ErrnoError("cannot write", "lock");
  }
  return base::Ok();
}

}  // namespace

base::Result<Home> Home::Acquire(const std::filesystem::path& folder) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(folder, error);
  TRY(base::MakeFolders(absolute));
  auto fd = TRY(OpenLockFile(absolute, O_RDWR | O_CREAT));
  auto lock = WholeFile(F_WRLCK);
  if (fcntl(fd.get(), F_OFD_SETLK, &lock) != 0) {
    const auto holder = ReadHolder(fd.get());
    const auto doing = holder.url.empty() ? std::string("has it open") : fmt::format("serves it at {}", holder.url);
    return base::FailedPrecondition(
        fmt::format("home {} is in use: process {} {}; stop it, or choose another home with --home", absolute.string(),
                    holder.pid, doing),
        absolute.string());
  }
  TRY(WriteHolder(fd.get(), ""));
  Home home(absolute, std::move(fd));
  std::filesystem::remove_all(home.work(), error);  // what a killed process was at; nobody else can be at it now
  return home;
}

base::Result<std::optional<HomeHolder>> Home::Holder(const std::filesystem::path& folder) {
  auto fd = OpenLockFile(folder, O_RDONLY);
  if (!fd && fd.error().code() == base::ErrorCode::kNotFound) return std::optional<HomeHolder>();
  if (!fd) return fd.error();
  auto lock = WholeFile(F_RDLCK);
  if (fcntl(fd->get(), F_OFD_GETLK, &lock) != 0)
    return base::ErrnoError("cannot ask about", (folder / "lock").string());
  if (lock.l_type == F_UNLCK) return std::optional<HomeHolder>();
  return std::optional(ReadHolder(fd->get()));
}

base::Result<void> Home::Announce(const std::string& url) {
  return WriteHolder(lock_.get(), url);
}

}  // namespace gyre::server
