#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "artifacts/artifact_store.h"
#include "store/database.h"

namespace gyre::artifacts::internal {

/// The paths below a folder are those from `first` on and before `end`.
struct Below {
  explicit Below(std::string_view folder);
  std::string first;
  std::string end;
};

base::Result<std::optional<File>> LoadFile(store::Reader& reader, std::string_view path);
/// The files at and below `path`, in the order of their paths.
base::Result<void> ForEachFile(store::Reader& reader, std::string_view path,
                               const std::function<base::Result<void>(const File&)>& on_file);
base::Result<bool> HasFilesBelow(store::Reader& reader, std::string_view folder);
base::Result<std::vector<Entry>> ListFolder(store::Reader& reader, std::string_view folder);

/// Refuses a path that is a folder, or has a file among its folders.
base::Result<void> CheckPlace(store::Reader& reader, const std::string& path);
base::Result<void> SaveFile(store::Transaction& transaction, const File& file);

}  // namespace gyre::artifacts::internal
