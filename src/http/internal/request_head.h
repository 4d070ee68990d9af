#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "http/internal/refusal.h"
#include "http/message.h"

namespace gyre::http::internal {

inline constexpr size_t kMaxHeaderFields = 100;

struct HeadLimits {
  size_t bytes = 32 * 1024;  ///< request line and header fields together
  size_t target = 8 * 1024;
};

struct HeaderField {
  std::string_view name;
  std::string_view value;  ///< without the spaces around it
};

/// The request line and the header fields of an HTTP/1 request. Views into the bytes that were parsed.
struct RequestHead {
  Method method = Method::kGet;
  std::string_view target;
  int minor_version = 1;
  bool keep_alive = true;
  bool chunked = false;
  bool expects_continue = false;
  std::optional<uint64_t> content_length;
  size_t field_count = 0;
  std::array<HeaderField, kMaxHeaderFields> field_storage;

  std::span<const HeaderField> fields() const { return {field_storage.data(), field_count}; }
  /// The value of the first field of that name (any case); empty if there is none.
  std::string_view Find(std::string_view name) const;
  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

/// Parses the head at the front of `bytes` by RFC 9112, strictly where leniency lets two readers of one stream disagree
/// about where a request ends: lines end with CR LF, no folded lines, no space before a colon, one Content-Length of
/// digits only, Transfer-Encoding nothing but "chunked", never both. Empty lines before the request line are skipped.
/// Returns the length of the head, 0 while it is incomplete, or why it is refused (the connection must end then).
/// Allocates nothing unless it refuses.
std::expected<size_t, Refusal> ParseRequestHead(std::string_view bytes, const HeadLimits& limits, RequestHead& head);

/// Whether the comma-separated list has the word, which is in lower case, in any case.
bool ListHas(std::string_view list, std::string_view word);

/// True for a field name or value that may be sent.
bool IsToken(std::string_view text);
bool IsFieldValue(std::string_view text);

}  // namespace gyre::http::internal
