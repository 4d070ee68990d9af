#include "api/mlflow/internal/otlp_build.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>

#include "base/json.h"
#include "base/text.h"
#include "tracing/json_text.h"

namespace gyre::api::mlflow::internal {
namespace {

base::Error TooMany(std::string_view what, size_t limit) {
  return base::TooLarge(fmt::format("the request has more than {} {}; send smaller batches", limit, what));
}

}  // namespace

base::Result<void> OtlpBudget::TakeSpan() {
  if (++spans_ > OtlpLimits::kSpans) return TooMany("spans", OtlpLimits::kSpans);
  return base::Ok();
}

base::Result<void> OtlpBudget::TakePart() {
  if (++parts_ > OtlpLimits::kParts) return TooMany("attributes, events and links", OtlpLimits::kParts);
  return base::Ok();
}

std::string Base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    for (size_t j = 0; j < 3; ++j) group = group << 8U | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (size_t j = 0; j < 4; ++j) text += j <= count ? kDigits[group >> (18 - 6 * j) & 63U] : '=';
  }
  return text;
}

void AppendReal(std::string& out, double value) {
  const auto text = base::FormatDouble(value);
  if (!std::isfinite(value)) {
    tracing::AppendJsonString(out, text);
    return;
  }
  out += text;
  if (text.find_first_of(".e") == std::string::npos) out += ".0";
}

std::string TextValue(std::string_view text) {
  const auto trimmed = base::Trim(text);
  if (!trimmed.empty() && std::string_view("\"{[").contains(trimmed.front()) &&
      base::ParseJson(text, "an attribute", OtlpLimits::kDepth)) {
    return std::string(text);
  }
  std::string value;
  tracing::AppendJsonString(value, text);
  return value;
}

base::Result<std::string> ReadId(std::string_view bytes, size_t size, std::string_view what) {
  if (bytes.size() > size) {
    return base::InvalidArgument(fmt::format("{} has {} bytes; it must have {}", what, bytes.size(), size),
                                 std::string(what));
  }
  if (std::ranges::all_of(bytes, [](char c) { return c == '\0'; })) return std::string();
  std::string padded(size - bytes.size(), '\0');
  padded += bytes;
  return base::HexEncode(std::span(reinterpret_cast<const unsigned char*>(padded.data()), padded.size()));
}

int64_t ReadNanos(uint64_t nanos) {
  constexpr auto kMost = std::numeric_limits<int64_t>::max();
  return nanos > static_cast<uint64_t>(kMost) ? kMost : static_cast<int64_t>(nanos);
}

tracing::SpanStatus ReadStatus(int64_t code) {
  if (code == 1) return tracing::SpanStatus::kOk;
  return code == 2 ? tracing::SpanStatus::kError : tracing::SpanStatus::kUnset;
}

base::Result<void> FinishSpan(tracing::Span& span) {
  if (span.trace_id.empty()) return base::InvalidArgument("a span has no trace id", "traceId");
  if (span.id.empty()) return base::InvalidArgument("a span has no id", "spanId");
  span.trace_id = "tr-" + span.trace_id;
  std::string id;
  tracing::AppendJsonString(id, span.trace_id);
  const auto own = std::ranges::find(span.attributes, tracing::kTraceIdAttribute, &tracing::Attribute::key);
  if (own != span.attributes.end()) {
    own->value = std::move(id);
  } else {
    span.attributes.push_back({.key = std::string(tracing::kTraceIdAttribute), .value = std::move(id)});
  }
  return base::Ok();
}

base::Error NotOtlp() {
  return base::InvalidArgument("Invalid OpenTelemetry format: the body is no ExportTraceServiceRequest");
}

}  // namespace gyre::api::mlflow::internal
