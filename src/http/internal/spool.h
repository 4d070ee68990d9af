#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "http/message.h"

namespace gyre::http::internal {

/// Bodies up to this stay in memory; a spooled body is written in pieces of it.
inline constexpr size_t kSpoolPiece = 256 * 1024;

/// A request's body on its way into a temporary file or a route's own sink: one piece fills from the socket while the
/// one before it is written by another thread, and no more than these two are ever held. The file is removed at
/// destruction, which like writing may take long and is not for an I/O thread.
class Spool {
 public:
  using Open = std::function<base::Result<std::unique_ptr<BodySink>>()>;

  explicit Spool(const std::filesystem::path& folder);
  explicit Spool(Open open) : open_(std::move(open)) {}

  /// The I/O thread's side: appends to `filling` at any time. While no write is under way: `StartWriting` sets it aside
  /// for `Write`.
  std::string filling;
  void StartWriting();
  const base::Result<void>& outcome() const { return outcome_; }  ///< of the writes so far

  /// The other thread's side: makes the sink at the first call and writes the piece that was handed over.
  void Write();

  /// Once something was written: the route's sink, or null and the file.
  BodySink* sink() const { return path_.empty() ? sink_.get() : nullptr; }
  const std::filesystem::path& path() const { return path_; }

 private:
  base::Result<void> WritePiece();

  Open open_;
  std::filesystem::path path_;  ///< of the temporary file, once it is there
  std::unique_ptr<BodySink> sink_;
  std::string piece_;
  base::Result<void> outcome_;
};

/// Removes what an earlier process left in the folder.
void RemoveOldSpools(const std::filesystem::path& folder);

}  // namespace gyre::http::internal
