#include "base/id.h"

#include <array>
#include <cstdlib>
#include <sys/random.h>

#include "base/text.h"

namespace gyre::base {

void SystemEntropy::Fill(std::span<unsigned char> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno != EINTR)
      std::abort();  // no kernel we run on refuses; ids from a broken source must not exist
    if (got > 0) bytes = bytes.subspan(static_cast<size_t>(got));
  }
}

std::string NewHexId(Entropy& entropy) {
  std::array<unsigned char, 16> bytes{};
  entropy.Fill(bytes);
  return HexEncode(bytes);
}

bool IsValidName(std::string_view name) {
  if (name.empty() || name.size() > 128 || name[0] == '.') return false;
  for (const char c : name) {
    const bool fine =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (!fine) return false;
  }
  return true;
}

bool IsValidKey(std::string_view key) {
  if (key.empty() || key.starts_with("..") || !IsValidUtf8(key) || Utf8Length(key) > 250) return false;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    const bool fine = byte >= 0x80 || (byte >= '0' && byte <= ':') || (c >= 'a' && c <= 'z') ||
                      (c >= 'A' && c <= 'Z') || c == '_' || c == ' ' || c == '.' || c == '/' || c == '-';
    if (!fine) return false;
  }
  while (true) {
    const auto slash = key.find('/');
    const auto part = key.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    key.remove_prefix(slash + 1);
  }
}

}  // namespace gyre::base
