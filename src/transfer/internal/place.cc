#include "transfer/internal/place.h"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

#include "base/text.h"

namespace gyre::transfer::internal {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kProxyScheme = "mlflow-artifacts:";
constexpr int kDeepest = 64;

std::string SchemeOf(std::string_view uri) {
  const auto colon = uri.find(':');
  if (colon == std::string_view::npos || uri.find('/') < colon) return {};
  return base::ToLower(uri.substr(0, colon));
}

std::string Decode(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' && i + 2 < text.size() ? base::HexDecode(text.substr(i + 1, 2)) : std::nullopt;
    decoded += byte ? *byte : std::string(1, text[i]);
    if (byte) i += 2;
  }
  return decoded;
}

/// "7/ID/artifacts", "7/models/ID/artifacts": the end of the place, which outlives a move of its root.
fs::path TailOf(const ArtifactOwner& owner) {
  const auto kind = KindOfPlace(owner.uri);
  const fs::path whole =
      kind == PlaceKind::kProxied ? fs::path(ProxiedPath(owner.uri).value_or("")) : LocalPath(owner.uri);
  std::vector<fs::path> names(whole.begin(), whole.end());
  const size_t wanted = owner.kind == ArtifactOwner::Kind::kRun ? 3 : 4;
  fs::path tail;
  for (size_t i = names.size() - std::min(wanted, names.size()); i < names.size(); ++i) tail /= names[i];
  return tail.relative_path();
}

std::vector<fs::path> Candidates(const ArtifactOwner& owner, const LocalRoots& roots) {
  std::vector<fs::path> found;
  if (const auto proxied = ProxiedPath(owner.uri)) {
    if (!roots.artifacts.empty()) found.push_back(roots.artifacts / *proxied);
    found.push_back(roots.base / "mlartifacts" / *proxied);
  } else if (KindOfPlace(owner.uri) == PlaceKind::kLocal && !owner.uri.empty()) {
    found.push_back(roots.base / LocalPath(owner.uri));
  }
  const auto tail = TailOf(owner);
  if (tail.empty()) return found;
  if (!roots.artifacts.empty()) found.push_back(roots.artifacts / tail);
  found.push_back(roots.base / tail);
  found.push_back(roots.base / "mlruns" / tail);
  return found;
}

bool BelongsTo(const fs::path& folder, const ArtifactOwner& owner) {
  return folder.filename() == "artifacts" && folder.parent_path().filename() == owner.id;
}

bool IsBelow(const fs::path& path, const fs::path& folder) {
  const auto [end, unused] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end();
}

/// Why an entry is not read; empty if it is a file of the folder.
std::string Refusal(const fs::directory_entry& entry, const fs::path& root) {
  std::error_code error;
  if (entry.is_symlink(error)) {
    const auto target = fs::canonical(entry.path(), error);
    if (error) return "is a link to nothing";
    if (!IsBelow(target, root)) return "is a link that leads out of its folder, and is not followed";
  }
  if (!entry.is_regular_file(error)) return "is no plain file";
  return {};
}

}  // namespace

PlaceKind KindOfPlace(std::string_view uri) {
  const auto scheme = SchemeOf(uri);
  if (scheme == "mlflow-artifacts") return PlaceKind::kProxied;
  return scheme.empty() || scheme == "file" ? PlaceKind::kLocal : PlaceKind::kRemote;
}

std::optional<std::string> ProxiedPath(std::string_view uri) {
  if (SchemeOf(uri) != "mlflow-artifacts") return std::nullopt;
  auto rest = uri.substr(kProxyScheme.size());
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    rest.remove_prefix(std::min(rest.find('/'), rest.size()));
  }
  while (rest.starts_with('/')) rest.remove_prefix(1);
  while (rest.ends_with('/')) rest.remove_suffix(1);
  if (!IsRelative(rest)) return std::nullopt;
  return std::string(rest);
}

fs::path LocalPath(std::string_view uri) {
  if (SchemeOf(uri) != "file") return fs::path(uri);
  auto rest = uri.substr(5);
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    rest.remove_prefix(std::min(rest.find('/'), rest.size()));  // the host
  }
  return fs::path(Decode(rest));
}

bool IsRelative(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) return false;
  return std::ranges::all_of(base::Split(path, '/'),
                             [](std::string_view name) { return !name.empty() && name != "." && name != ".."; });
}

base::Result<fs::path> FindPlace(const ArtifactOwner& owner, const LocalRoots& roots) {
  std::error_code error;
  for (const auto& candidate : Candidates(owner, roots)) {
    if (!fs::is_directory(candidate, error)) continue;
    auto folder = fs::canonical(candidate, error);
    if (!error && BelongsTo(folder, owner)) return folder;
  }
  return base::NotFound(
      fmt::format("its artifacts should be at {}, but no folder {}/artifacts is there; name the folder "
                  "that they are in with --artifacts",
                  owner.uri.empty() ? "(nowhere)" : owner.uri, owner.id),
      owner.uri);
}

base::Result<void> WalkFiles(const fs::path& folder, std::string_view kind, Report& report,
                             const std::function<base::Result<void>(const std::string& path, uint64_t size)>& on_file) {
  std::error_code error;
  if (fs::is_symlink(folder, error)) {
    report.Lose(kind, folder.string(), "it is a link, which is not followed");
    return base::Ok();
  }
  if (!fs::is_directory(folder, error)) return base::Ok();
  const auto root = fs::canonical(folder, error);
  if (error)
    return base::Error(base::ErrorCode::kIo, fmt::format("cannot read {}: {}", folder.string(), error.message()));
  fs::recursive_directory_iterator at(root, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    const auto path = at->path().lexically_relative(root).generic_string();
    std::error_code unknown;  // of one entry; the loop has its own
    if (at->is_directory(unknown) && !at->is_symlink(unknown)) {
      if (at.depth() < kDeepest) continue;
      at.disable_recursion_pending();
    }
    auto why = Refusal(*at, root);
    if (why.empty() && !base::IsValidUtf8(path)) why = "has a name that is not UTF-8";
    if (!why.empty()) {
      report.Lose(kind, (root / path).string(), fmt::format("{} {}", path, why));
      continue;
    }
    TRY(on_file(path, at->file_size(unknown)));
  }
  if (error)
    return base::Error(base::ErrorCode::kIo, fmt::format("cannot read {}: {}", root.string(), error.message()));
  return base::Ok();
}

}  // namespace gyre::transfer::internal
