#include "pipeline/holdings.h"

#include <algorithm>
#include <string_view>

namespace gyre::pipeline {
namespace {

constexpr size_t kHexDigits = 64;

bool IsHex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/// Any word of 64 hexadecimal digits: what an older or newer program wrote in another form still keeps its blobs.
void NameDigestsIn(std::string_view text, const std::function<void(const base::Digest&)>& on_blob) {
  for (size_t at = 0; at < text.size();) {
    const auto begin = std::ranges::find_if(text.substr(at), IsHex) - text.begin();
    const auto end = std::ranges::find_if_not(text.substr(static_cast<size_t>(begin)), IsHex) - text.begin();
    at = static_cast<size_t>(end);
    if (end - begin != static_cast<std::ptrdiff_t>(kHexDigits)) continue;
    if (const auto digest = base::Digest::Parse(text.substr(static_cast<size_t>(begin), kHexDigits))) on_blob(*digest);
  }
}

}  // namespace

base::Result<void> NameBlobs(store::Reader& reader, const std::function<void(const base::Digest&)>& on_blob) {
  const auto take = [&](const store::Row& row) -> base::Result<void> {
    NameDigestsIn(row.Text(0), on_blob);
    return base::Ok();
  };
  TRY(reader.Query("SELECT files FROM project_snapshots", take));
  TRY(reader.Query("SELECT outputs FROM pipeline_steps", take));
  return reader.Query("SELECT outputs FROM step_cache", take);
}

}  // namespace gyre::pipeline
