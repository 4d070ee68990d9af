#include "api/mlflow/internal/checks.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <vector>

#include "api/mlflow/internal/python_text.h"
#include "api/mlflow/internal/word_characters.h"
#include "base/text.h"

namespace gyre::api::mlflow::internal {
namespace {

constexpr size_t kKeyLength = 250;
constexpr size_t kExperimentNameLength = 500;
constexpr size_t kExperimentTagValueLength = 20'000;
constexpr size_t kBatchMetrics = 1000;
constexpr size_t kBatchPairs = 100;
constexpr size_t kBatchItems = 1000;
constexpr size_t kRunIdLength = 256;

constexpr bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

constexpr std::array<bool, 256> MakePlainKeyBytes() {
  std::array<bool, 256> plain{};
  for (size_t i = 0; i < 0x80; ++i) plain[i] = IsWordByte(static_cast<char>(i));
  for (const char c : std::string_view("/.- :")) plain[static_cast<unsigned char>(c)] = true;
  return plain;
}
constexpr auto kPlainKeyBytes = MakePlainKeyBytes();

bool HasKeyCharacters(std::string_view key) {
  std::string beyond_ascii;
  for (const char c : key) {
    if (static_cast<unsigned char>(c) >= 0x80) {
      beyond_ascii += c;
    } else if (!kPlainKeyBytes[static_cast<unsigned char>(c)]) {
      return false;
    }
  }
  return AreWordCharacters(beyond_ascii);
}

/// What a path is short for: "a//b/../c" is "a/c". As POSIX has it, two slashes at the start stay two.
std::string NormalPath(std::string_view path) {
  if (path.empty()) return ".";
  const size_t slashes = std::min(path.find_first_not_of('/'), path.size());
  const std::string root = slashes == 0 ? "" : slashes == 2 ? "//" : "/";
  std::vector<std::string> parts;
  for (const auto part : base::Split(path, '/')) {
    if (part.empty() || part == ".") continue;
    const bool up = part == ".." && (parts.empty() ? root.empty() : parts.back() == "..");
    if (part != ".." || up) {
      parts.emplace_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  const auto normal = root + base::Join(parts, "/");
  return normal.empty() ? "." : normal;
}

bool IsUniquePath(std::string_view name, const std::string& normal) {
  return normal == name && normal != "." && !normal.starts_with("..") && !normal.starts_with("/");
}

Answer CheckBatchLimit(std::string_view what, size_t limit, size_t count) {
  if (count <= limit) return Done();
  return InvalidParameter(fmt::format(
      "A batch logging request can contain at most {1} {0}. Got {2} {0}. Please split up {0} across multiple "
      "requests and try again.",
      what, limit, count));
}

}  // namespace

Answer CheckKey(std::string_view key, std::string_view path) {
  if (!HasKeyCharacters(key)) {
    return InvalidParameter(
        fmt::format("Invalid value {} for parameter '{}' supplied: Names may only contain alphanumerics, underscores "
                    "(_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).",
                    PythonJson(key), path));
  }
  const auto normal = NormalPath(key);
  if (IsUniquePath(key, normal)) return Done();
  return InvalidParameter(
      fmt::format("Invalid value {} for parameter '{}' supplied: Names may be treated as files in certain cases, and "
                  "must not resolve to other names when treated as such. This name would resolve to {}",
                  PythonJson(key), path, PythonRepr(normal)));
}

Answer CheckLength(std::string_view what, std::string_view value, size_t limit) {
  if (value.size() <= limit || base::Utf8Length(value) <= limit) return Done();
  return InvalidParameter(fmt::format("'{}' exceeds the maximum length of {} characters", what, limit));
}

std::string_view Truncated(std::string_view value, size_t limit) {
  if (value.size() <= limit) return value;
  size_t characters = 0;
  for (size_t i = 0; i < value.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(value[i]) & 0xC0) != 0x80;
    if (starts && ++characters > limit) return value.substr(0, i);
  }
  return value;
}

bool IsPlainMetric(const MetricCheck& metric) {
  const auto key = metric.key;
  if (metric.timestamp < 0 || key.empty() || key.size() > kKeyLength || key.back() == '/') return false;
  char before = '/';
  for (const char c : key) {
    // A part that is empty or begins with a dot needs the closer look.
    if (!kPlainKeyBytes[static_cast<unsigned char>(c)] || (before == '/' && (c == '/' || c == '.'))) return false;
    before = c;
  }
  return true;
}

Answer CheckMetric(const MetricCheck& metric, std::string_view prefix) {
  TRY(CheckKey(metric.key, fmt::format("{}name", prefix)));
  if (metric.timestamp < 0) {
    return InvalidParameter(fmt::format(
        "Invalid value {0} for parameter '{1}timestamp' supplied: metric '{2}' (value={3}). Timestamp must be "
        "a nonnegative long (64-bit integer) ",
        metric.timestamp, prefix, metric.key, PythonFloat(metric.value)));
  }
  return CheckLength("Metric name", metric.key, kKeyLength);
}

Answer CheckParam(std::string_view key, std::string_view prefix) {
  TRY(CheckKey(key, fmt::format("{}key", prefix)));
  return CheckLength("Param key", key, kKeyLength);
}

Answer CheckTag(std::string_view key, std::string_view prefix) {
  const auto path = fmt::format("{}key", prefix);
  TRY(CheckKey(key, path));
  return CheckLength(path, key, kKeyLength);
}

Answer CheckExperimentTag(std::string_view key, std::string_view value) {
  TRY(CheckKey(key, "key"));
  TRY(CheckLength("key", key, kKeyLength));
  return CheckLength("value", value, kExperimentTagValueLength);
}

Answer CheckRunId(std::string_view id) {
  const bool valid = !id.empty() && id.size() <= kRunIdLength && IsWordByte(id[0]) && id[0] != '_' &&
                     std::ranges::all_of(id, [](char c) { return IsWordByte(c) || c == '-'; });
  if (valid) return Done();
  return InvalidParameter(fmt::format("Invalid value {} for parameter 'run_id' supplied.", PythonJson(id)));
}

Answer CheckBatch(size_t metrics, size_t params, size_t tags) {
  TRY(CheckBatchLimit("metrics", kBatchMetrics, metrics));
  TRY(CheckBatchLimit("params", kBatchPairs, params));
  TRY(CheckBatchLimit("tags", kBatchPairs, tags));
  return CheckBatchLimit("metrics, params, and tags", kBatchItems, metrics + params + tags);
}

Answer CheckExperimentName(std::string_view name) {
  if (base::Trim(name).empty()) return InvalidParameter(fmt::format("Invalid experiment name: '{}'", name));
  return CheckLength("name", name, kExperimentNameLength);
}

Answer CheckLoggedModelName(std::string_view name) {
  if (!name.empty() && name.find_first_of("/:.%\"'") == std::string_view::npos) return Done();
  return InvalidParameter(
      fmt::format("Invalid model name ({}) provided. Model name must be a non-empty string and cannot contain the "
                  "following characters: ('/', ':', '.', '%', '\"', \"'\")",
                  PythonRepr(name)));
}

}  // namespace gyre::api::mlflow::internal
