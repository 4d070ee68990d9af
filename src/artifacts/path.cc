#include "artifacts/path.h"

#include <algorithm>

#include "base/text.h"

namespace gyre::artifacts {
namespace {

constexpr size_t kMaxPath = 4096;
constexpr size_t kMaxName = 255;

base::Error NotAPath(std::string_view text, std::string_view why) {
  return base::InvalidArgument(fmt::format("'{}' cannot be the path of an artifact: {}", text.substr(0, 300), why),
                               "path");
}

bool HasControl(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
}

/// What comes behind the host, if there is one: "/x" of "//host/x", of "/x" and of "x".
std::string_view WithoutHost(std::string_view rest) {
  if (!rest.starts_with("//")) return rest;
  const auto slash = rest.find('/', 2);
  return slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
}

}  // namespace

std::string Join(std::string_view folder, std::string_view name) {
  std::string path(folder);
  if (!folder.empty() && !name.empty()) path += '/';
  path += name;
  return path;
}

std::string_view BaseName(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

base::Result<std::string> CleanPath(std::string_view text) {
  if (text.size() > kMaxPath) return NotAPath(text, fmt::format("it has more than {} bytes", kMaxPath));
  if (!base::IsValidUtf8(text) || HasControl(text)) return NotAPath("...", "it is not plain UTF-8 text");
  if (text.starts_with('/')) return NotAPath(text, "it must be relative");
  std::string path;
  for (const auto name : base::Split(text, '/')) {
    if (name.empty() || name == ".") continue;
    if (name == "..") return NotAPath(text, "it has a '..'");
    if (name.size() > kMaxName) return NotAPath(text, fmt::format("a name in it has more than {} bytes", kMaxName));
    path = Join(path, name);
  }
  return path;
}

std::optional<std::string> PathOfUri(std::string_view uri) {
  constexpr std::string_view kScheme = "mlflow-artifacts:";
  constexpr std::string_view kProxy = "/api/2.0/mlflow-artifacts/artifacts/";
  std::string_view path;
  if (uri.starts_with(kScheme)) {
    path = WithoutHost(uri.substr(kScheme.size()));
  } else if (uri.starts_with("http://") || uri.starts_with("https://")) {
    const auto proxy = uri.find(kProxy);
    if (proxy == std::string_view::npos) return std::nullopt;
    path = uri.substr(proxy + kProxy.size());
  } else {
    return std::nullopt;
  }
  while (path.starts_with('/')) path.remove_prefix(1);
  auto clean = CleanPath(path);
  return clean ? std::optional(std::move(*clean)) : std::nullopt;
}

}  // namespace gyre::artifacts
