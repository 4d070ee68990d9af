#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gyre::api::mlflow::internal {

/// Undoes a Content-Encoding of gzip or deflate (with zlib's frame or without). kInvalidArgument for other encodings
/// and for bytes that are not in it; kTooLarge if more than `limit` bytes come out, of which no more than that are
/// made.
base::Result<std::string> Decompress(std::string_view body, std::string_view encoding, size_t limit);

}  // namespace gyre::api::mlflow::internal
