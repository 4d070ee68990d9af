#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace gyre::http {

/// Part of a file, at least one byte.
struct ByteRange {
  uint64_t first = 0;
  uint64_t length = 0;
  bool operator==(const ByteRange&) const = default;
};

/// What a Range header (RFC 9110, 14.2) asks of a file of `size` bytes. Nothing: the whole, as for a header that is
/// absent, malformed, of another unit or of several ranges, which a server may ignore. kInvalidArgument: no byte of the
/// file is in it.
base::Result<std::optional<ByteRange>> ParseRange(std::string_view header, uint64_t size);

/// Answers with the file (`file` is the whole of it), or with the part that the request wants: 206, 304 if the client
/// has it already (If-None-Match), or 416. `etag` is a strong one with its quotes and changes when the bytes do.
void SendFile(const Request& request, Response& response, Response::FileBody file, std::string_view etag);

}  // namespace gyre::http
