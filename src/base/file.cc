#include "base/file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gyre::base {
namespace {
constexpr size_t kChunk = 256 * 1024;
}

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  if (this != &other) {
    Reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void UniqueFd::Reset() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

Result<UniqueFd> OpenForRead(const std::filesystem::path& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return ErrnoError("cannot open", path.string());
  return fd;
}

Result<void> ReadChunks(int fd, const std::function<Result<void>(std::string_view)>& on_chunk) {
  std::string buffer(kChunk, '\0');
  while (true) {
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoError("cannot read", fmt::format("file descriptor {}", fd));
    if (got == 0) return Ok();
    TRY(on_chunk(std::string_view(buffer.data(), static_cast<size_t>(got))));
  }
}

Result<std::string> ReadFile(const std::filesystem::path& path, uint64_t max_bytes) {
  const auto fd = TRY(OpenForRead(path));
  struct stat info{};
  if (fstat(fd.get(), &info) != 0) return ErrnoError("cannot read", path.string());
  const auto too_large = [&] {
    return TooLarge(fmt::format("{} is over the limit of {} bytes", path.string(), max_bytes), path.string());
  };
  if (static_cast<uint64_t>(info.st_size) > max_bytes) return too_large();
  std::string bytes;
  bytes.reserve(static_cast<size_t>(info.st_size));
  auto read_all = ReadChunks(fd.get(), [&](std::string_view chunk) -> Result<void> {
    if (bytes.size() + chunk.size() > max_bytes) return too_large();
    bytes += chunk;
    return Ok();
  });
  if (!read_all) return read_all.error().Within(path.string());
  return bytes;
}

Result<void> WriteAll(int fd, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t wrote = write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return ErrnoError("cannot write", name);
    bytes.remove_prefix(static_cast<size_t>(wrote));
  }
  return Ok();
}

Result<void> SyncFolder(const std::filesystem::path& folder) {
  const UniqueFd fd(open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || fsync(fd.get()) != 0) return ErrnoError("cannot sync folder", folder.string());
  return Ok();
}

Result<void> RenameDurably(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (rename(from.c_str(), to.c_str()) != 0) return ErrnoError("cannot rename to", to.string());
  return SyncFolder(to.parent_path());
}

Result<void> WriteFileAtomic(const std::filesystem::path& path, std::string_view bytes) {
  auto temp = path.string() + ".XXXXXX";
  UniqueFd fd(mkostemp(temp.data(), O_CLOEXEC));
  if (!fd) return ErrnoError("cannot create", temp);
  auto written = WriteAll(fd.get(), bytes, temp);
  if (written && fsync(fd.get()) != 0) written = ErrnoError("cannot sync", temp);
  if (written) written = RenameDurably(temp, path);
  if (!written) unlink(temp.c_str());
  return written;
}

Result<void> WriteScratchFile(const std::filesystem::path& path, std::string_view bytes) {
  const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd) return ErrnoError("cannot create", path);
  return WriteAll(fd.get(), bytes, path);
}

Result<void> MakeFolders(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error)
    return Error(ErrorCode::kIo, fmt::format("cannot make folder {}: {}", path.string(), error.message()),
                 path.string());
  return Ok();
}

Result<Digest> HashFile(const std::filesystem::path& path) {
  const auto fd = TRY(OpenForRead(path));
  Sha256 hash;
  TRY(ReadChunks(fd.get(), [&](std::string_view chunk) -> Result<void> {
    hash.Update(chunk);
    return Ok();
  }));
  return hash.Finish();
}

Result<TempFolder> TempFolder::Make(const std::filesystem::path& parent, std::string_view prefix) {
  TRY(MakeFolders(parent));
  auto pattern = (parent / fmt::format("{}.XXXXXX", prefix)).string();
  if (mkdtemp(pattern.data()) == nullptr) return ErrnoError("cannot make a temporary folder", pattern);
  return TempFolder(pattern);
}

TempFolder::~TempFolder() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace gyre::base
