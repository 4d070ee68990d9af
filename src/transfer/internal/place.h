#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "transfer/entity.h"
#include "transfer/report.h"
#include "transfer/source.h"

namespace gyre::transfer::internal {

/// Where a URI of artifacts lies.
enum class PlaceKind {
  kProxied,  ///< mlflow-artifacts: the tracking server's own
  kLocal,    ///< a path or a file: URI
  kRemote    ///< s3:, gs:, ...: somewhere that everybody with credentials can reach
};
PlaceKind KindOfPlace(std::string_view uri);

/// The path in the proxy's tree of an mlflow-artifacts: URI.
std::optional<std::string> ProxiedPath(std::string_view uri);
/// The path of a local place, percent-encoding of a file: URI undone.
std::filesystem::path LocalPath(std::string_view uri);
/// True for names joined by '/', none of them "", "." or "..".
bool IsRelative(std::string_view path);

/// Artifacts in folders of this machine.
struct LocalRoots {
  std::filesystem::path base;       ///< of relative paths; its mlartifacts is the proxy's tree
  std::filesystem::path artifacts;  ///< named by the user; may be empty
};

/// The folder of the owner's artifacts: where the metadata says, else where it would be below the roots. Only a folder
/// that ends in ID/artifacts is taken, links resolved, so that made-up metadata cannot have others read. kNotFound if
/// there is none.
base::Result<std::filesystem::path> FindPlace(const ArtifactOwner& owner, const LocalRoots& roots);

/// Calls back for every file below `folder`. What is no plain file, leads out of the folder or has no name in UTF-8 is
/// a loss of `kind`.
base::Result<void> WalkFiles(const std::filesystem::path& folder, std::string_view kind, Report& report,
                             const std::function<base::Result<void>(const std::string& path, uint64_t size)>& on_file);

}  // namespace gyre::transfer::internal
