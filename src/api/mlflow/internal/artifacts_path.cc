#include "api/mlflow/internal/artifacts_path.h"

#include <cctype>

#include "artifacts/path.h"
#include "base/text.h"

namespace gyre::api::mlflow::internal {
namespace {

constexpr int kMaxDecodings = 10;

base::Error InvalidPath() {
  return base::InvalidArgument("Invalid path", "path");
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// What is no escape stays as it is.
std::string Unquoted(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 && HexValue(text[i + 2]) >= 0;
    out += escape ? static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return out;
}

base::Result<std::string> FullyUnquoted(std::string_view text) {
  std::string current(text);
  for (int i = 0; i < kMaxDecodings; ++i) {
    auto decoded = Unquoted(current);
    if (decoded == current) return current;
    current = std::move(decoded);
  }
  return InvalidPath();
}

std::string WithoutControls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("%{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

bool HasDrive(std::string_view path) {
  return path.size() >= 2 && std::isalpha(static_cast<unsigned char>(path[0])) != 0 && path[1] == ':' &&
         (path.size() == 2 || path[2] == '/');
}

}  // namespace

base::Result<std::string> SafePath(std::string_view path) {
  const auto decoded = TRY(FullyUnquoted(path));
  if (!base::IsValidUtf8(decoded)) return InvalidPath();
  const auto text = WithoutControls(decoded);
  if (text.find_first_of("#\\") != std::string::npos || HasDrive(text)) return InvalidPath();
  if (base::EqualsIgnoreCase(text.substr(0, 5), "file:")) return InvalidPath();
  auto clean = artifacts::CleanPath(text);
  if (!clean) return InvalidPath();
  return clean;
}

base::Result<std::string> SafeFileName(std::string_view path) {
  const auto last = [](std::string_view text) { return text.substr(text.find_last_of("/\\") + 1); };
  auto name = TRY(SafePath(last(path)));
  name = last(name);
  if (name.empty()) return InvalidPath();
  return name;
}

}  // namespace gyre::api::mlflow::internal
