#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace gyre::http::internal {

/// Bodies up to this stay in memory; a spooled body is written in pieces of it.
inline constexpr size_t kSpoolPiece = 256 * 1024;

/// A request's body on its way into a temporary file: one piece fills from the socket while the one before it is
/// written by another thread, and no more than these two are ever held. The file is removed at destruction, which like
/// writing may take long and is not for an I/O thread.
class Spool {
 public:
  explicit Spool(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  ~Spool();

  /// The I/O thread's side: appends to `filling` at any time. While no write is under way: `StartWriting` sets it aside
  /// for `Write`.
  std::string filling;
  void StartWriting();
  const base::Result<void>& outcome() const { return outcome_; }  ///< of the writes so far

  /// The other thread's side: makes the file at the first call and writes the piece that was handed over.
  void Write();

  const std::filesystem::path& path() const { return path_; }

 private:
  base::Result<void> Open();

  std::filesystem::path folder_;
  std::filesystem::path path_;  ///< empty until the file is there
  base::UniqueFd fd_;
  std::string piece_;
  base::Result<void> outcome_;
};

/// Removes what an earlier process left in the folder.
void RemoveOldSpools(const std::filesystem::path& folder);

}  // namespace gyre::http::internal
