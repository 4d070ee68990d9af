#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tracing/span.h"

namespace gyre::api::mlflow::internal {

/// What one request may bring, so that small requests do not become large in memory.
struct OtlpLimits {
  static constexpr size_t kBytes = size_t{32} << 20;  ///< before and after decompression
  static constexpr size_t kSpans = 50'000;
  static constexpr size_t kParts = 500'000;  ///< attributes, events and links together
  static constexpr int kDepth = 64;          ///< of values within values
};

/// Reads an ExportTraceServiceRequest. kInvalidArgument for what is none, or names no trace or span; kTooLarge over the
/// limits. Unknown fields are ignored. Numbers that JSON does not have become texts.
base::Result<std::vector<tracing::SpanGroup>> ReadOtlpProtobuf(std::string_view body);
/// The same in OTLP's JSON: ids in hexadecimal, 64-bit numbers as texts or numbers.
base::Result<std::vector<tracing::SpanGroup>> ReadOtlpJson(std::string_view body);

}  // namespace gyre::api::mlflow::internal
