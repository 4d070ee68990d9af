#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace gyre::server {

/// Who has a home open.
struct HomeHolder {
  int64_t pid = 0;
  std::string url;  ///< of its server; empty for a command that opened the home by itself
};

/// A home folder ($GYRE_HOME), held exclusively by this process until destruction (the layout is in
/// docs/formats/home.md). The lock is the kernel's, so it goes with the process however that ends.
class Home {
 public:
  /// Makes the folder if it is not there, and empties `work()` if it is. kFailedPrecondition names the holder if
  /// another process has it.
  static base::Result<Home> Acquire(const std::filesystem::path& folder);

  /// Who holds the home now; nothing if nobody does.
  static base::Result<std::optional<HomeHolder>> Holder(const std::filesystem::path& folder);

  /// Lets commands find this process's server.
  base::Result<void> Announce(const std::string& url);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path settings_file() const { return folder_ / "server.yaml"; }
  std::filesystem::path database() const { return folder_ / "meta.db"; }
  std::filesystem::path blobs() const { return folder_ / "blobs"; }
  std::filesystem::path inference() const { return folder_ / "inference"; }
  /// For files that mean nothing once the process has ended.
  std::filesystem::path work() const { return folder_ / "work"; }

 private:
  Home(std::filesystem::path folder, base::UniqueFd lock) : folder_(std::move(folder)), lock_(std::move(lock)) {}

  std::filesystem::path folder_;
  base::UniqueFd lock_;
};

}  // namespace gyre::server
