#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gyre::artifacts {

/// A path of the tree in its one form: names joined by '/', without a '/' at either end; "" is the root. Empty names
/// and
/// "." are left out, so "a//./b/" is "a/b". kInvalidArgument for one that starts with '/', has a ".." or is not text:
/// not UTF-8, with control bytes, over 255 bytes in a name or 4,096 in all.
base::Result<std::string> CleanPath(std::string_view text);

/// `name` below `folder`, either of which may be "".
std::string Join(std::string_view folder, std::string_view name);

/// The last name of a path: "c" of "a/b/c".
std::string_view BaseName(std::string_view path);

/// The clean path of a place in the tree: of "mlflow-artifacts:/0/abc", also with a host, of an http(s) URL of the
/// proxy
/// ("http://host/api/2.0/mlflow-artifacts/artifacts/0/abc"). Nothing for a place that is elsewhere, or no path.
std::optional<std::string> PathOfUri(std::string_view uri);

}  // namespace gyre::artifacts
