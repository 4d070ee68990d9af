#include "http/file_response.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace gyre::http {
namespace {

/// Digits only, and a number that fits: what is larger is as good as the largest.
std::optional<uint64_t> ParseOffset(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc() ? value : UINT64_MAX;
}

base::Error NothingThere(std::string_view range, uint64_t size) {
  return base::InvalidArgument(
      fmt::format("the range '{}' has no byte of the {} there are", range.substr(0, 100), size), "Range");
}

bool ListsTag(std::string_view header, std::string_view etag) {
  if (base::Trim(header) == "*") return true;
  return std::ranges::any_of(base::Split(header, ','), [etag](std::string_view item) {
    const auto tag = base::Trim(item);
    return tag == etag || (tag.starts_with("W/") && tag.substr(2) == etag);
  });
}

/// A part is good for nothing to a client that has other bytes for the rest.
std::string_view RangeOf(const Request& request, std::string_view etag) {
  if (request.method() != Method::kGet) return {};
  const auto condition = request.header("if-range");
  return condition.empty() || condition == etag ? request.header("range") : std::string_view();
}

}  // namespace

base::Result<std::optional<ByteRange>> ParseRange(std::string_view header, uint64_t size) {
  const std::optional<ByteRange> whole;
  const auto equals = header.find('=');
  if (equals == std::string_view::npos || !base::EqualsIgnoreCase(base::Trim(header.substr(0, equals)), "bytes")) {
    return whole;
  }
  const auto range = base::Trim(header.substr(equals + 1));
  const auto dash = range.find('-');
  if (dash == std::string_view::npos) return whole;
  const auto from = ParseOffset(range.substr(0, dash));
  const auto to = ParseOffset(range.substr(dash + 1));
  if (!from && dash == 0 && to) {  // the last so many
    if (*to == 0 || size == 0) return NothingThere(range, size);
    const uint64_t length = std::min(*to, size);
    return std::optional(ByteRange{.first = size - length, .length = length});
  }
  const bool open_end = dash + 1 == range.size();
  if (!from || (!to && !open_end) || (to && *to < *from)) return whole;
  if (*from >= size) return NothingThere(range, size);
  const uint64_t last = std::min(to.value_or(UINT64_MAX), size - 1);
  return std::optional(ByteRange{.first = *from, .length = last - *from + 1});
}

void SendFile(const Request& request, Response& response, Response::FileBody file, std::string_view etag) {
  response.headers.emplace_back("Accept-Ranges", "bytes");
  response.headers.emplace_back("ETag", etag);
  if (const auto have = request.header("if-none-match"); !have.empty() && ListsTag(have, etag)) {
    response.status = 304;
    return;
  }
  const uint64_t size = file.length;
  const auto range = ParseRange(RangeOf(request, etag), size);
  if (!range) {
    response.SetError(416, range.error());
    response.headers.emplace_back("Content-Range", fmt::format("bytes */{}", size));
    return;
  }
  if (*range) {
    const auto [first, length] = **range;
    response.status = 206;
    response.headers.emplace_back("Content-Range", fmt::format("bytes {}-{}/{}", first, first + length - 1, size));
    file.offset += first;
    file.length = length;
  }
  response.file = std::move(file);
}

}  // namespace gyre::http
