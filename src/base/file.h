#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/hash.h"
#include "base/result.h"

namespace gyre::base {

/// Owns a file descriptor.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept;
  ~UniqueFd() { Reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int Release() { return std::exchange(fd_, -1); }
  void Reset();

 private:
  int fd_ = -1;
};

Result<UniqueFd> OpenForRead(const std::filesystem::path& path);

/// The whole file; kTooLarge before anything is read if it is over `max_bytes`.
Result<std::string> ReadFile(const std::filesystem::path& path, uint64_t max_bytes);

/// Calls `on_chunk` with successive pieces of at most 256 KiB until the end or its first error.
Result<void> ReadChunks(int fd, const std::function<Result<void>(std::string_view)>& on_chunk);

/// All of `bytes`, through interrupted and partial writes.
Result<void> WriteAll(int fd, std::string_view bytes, const std::string& name);

/// The file holds the old bytes or all of the new ones, whatever happens: temporary file, fsync, rename, fsync of the
/// folder. The folder must exist.
Result<void> WriteFileAtomic(const std::filesystem::path& path, std::string_view bytes);

/// Without waiting for the disk: for folders of work that a crash leaves to be swept. Replaces what is there.
Result<void> WriteScratchFile(const std::filesystem::path& path, std::string_view bytes);

/// Makes a rename or a new name in `folder` durable.
Result<void> SyncFolder(const std::filesystem::path& folder);

/// Moves `from` to `to` in the same file system and makes it durable.
Result<void> RenameDurably(const std::filesystem::path& from, const std::filesystem::path& to);

Result<void> MakeFolders(const std::filesystem::path& path);

Result<Digest> HashFile(const std::filesystem::path& path);

/// A new folder under `parent`, removed with all it holds at destruction.
class TempFolder {
 public:
  static Result<TempFolder> Make(const std::filesystem::path& parent, std::string_view prefix);
  TempFolder(TempFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TempFolder& operator=(TempFolder&&) = delete;
  ~TempFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TempFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace gyre::base
