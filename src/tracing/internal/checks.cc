#include "tracing/internal/checks.h"

#include <algorithm>

#include "base/text.h"
#include "tracing/trace.h"

namespace gyre::tracing::internal {
namespace {

constexpr size_t kIdBytes = 250;

bool IsPathCharacter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte != 0x7f && !std::string_view("%?#/\\").contains(c);
}

}  // namespace

bool IsSystemTag(std::string_view key) {
  return key == kArtifactTag || key == kSpansTag || key == kArchiveTag || key == kArchivalFailureTag;
}

base::Result<void> CheckTagChange(std::string_view key, std::string_view change) {
  if (!IsSystemTag(key)) return base::Ok();
  return base::InvalidArgument(fmt::format("Tag '{}' is immutable and cannot be {} on a trace.", key, change),
                               std::string(key));
}

base::Result<void> CheckNewTraceId(std::string_view id) {
  if (!id.empty() && id.size() <= kIdBytes && id != "." && id != ".." && std::ranges::all_of(id, IsPathCharacter) &&
      base::IsValidUtf8(id)) {
    return base::Ok();
  }
  return base::InvalidArgument(
      fmt::format("'{}' cannot be the id of a trace: it must be 1 to {} bytes without '/', '\\', '%', '?', '#' and "
                  "control characters",
                  id.substr(0, kIdBytes), kIdBytes),
      "trace_id");
}

base::Result<void> CheckSession(std::string_view session) {
  const auto length = base::Utf8Length(session);
  if (length <= TraceLimits::kMetadata) return base::Ok();
  return base::InvalidArgument(
      fmt::format("'Session ID' exceeds the maximum length of {} characters", TraceLimits::kMetadata), "session");
}

base::Error NoSuchTrace(std::string_view id) {
  return base::NotFound(fmt::format("Trace with ID '{}' not found.", id), std::string(id));
}

}  // namespace gyre::tracing::internal
