#include "api/mlflow/internal/artifact_location.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fmt/format.h>
#include <optional>
#include <system_error>

#include "base/text.h"

namespace gyre::api::mlflow::internal {
namespace {

constexpr size_t kLocationLength = 2048;
constexpr int kDecodings = 10;

/// "s3" of "s3://bucket/x"; "" of a path.
std::string_view SchemeOf(std::string_view location) {
  const size_t colon = location.find(':');
  if (colon == std::string_view::npos || colon == 0) return {};
  const auto scheme = location.substr(0, colon);
  const bool valid =
      std::isalpha(static_cast<unsigned char>(scheme[0])) != 0 && std::ranges::all_of(scheme, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
      });
  return valid ? scheme : std::string_view();
}

std::string Decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' && i + 2 < text.size() ? base::HexDecode(text.substr(i + 1, 2)) : std::nullopt;
    out += byte ? *byte : std::string(1, text[i]);
    if (byte) i += 2;
  }
  return out;
}

bool HasHiddenUp(std::string_view query) {
  std::string text(query);
  for (int i = 0; i < kDecodings; ++i) {
    if (text.find("..") != std::string::npos) return true;
    auto next = Decoded(text);
    if (next == text) return false;
    text = std::move(next);
  }
  return true;
}

}  // namespace

Answer CheckArtifactLocation(std::string_view location) {
  const size_t query = location.find('?');
  const auto path = location.substr(0, query);
  if (location.find('#') != std::string_view::npos ||
      path.substr(path.rfind('/') + 1).find(';') != std::string_view::npos) {
    return InvalidParameter("'artifact_location' URL can't include fragments or params.");
  }
  if (query != std::string_view::npos && HasHiddenUp(location.substr(query))) {
    return InvalidParameter("Invalid query string");
  }
  if (location.starts_with("runs:")) {
    return InvalidParameter(fmt::format("Artifact location cannot be a runs:/ URI. Given: '{}'", location));
  }
  if (base::Utf8Length(location) <= kLocationLength) return Done();
  return InvalidParameter(
      fmt::format("Invalid artifact path length. The length of the artifact path cannot be greater than {} characters.",
                  kLocationLength));
}

std::string AbsoluteLocation(std::string_view location) {
  if (location.empty() || location.starts_with('/') || !SchemeOf(location).empty()) return std::string(location);
  std::error_code error;
  const auto folder = std::filesystem::current_path(error);
  return error ? std::string(location) : (folder / location).string();
}

}  // namespace gyre::api::mlflow::internal
