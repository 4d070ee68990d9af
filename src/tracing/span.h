#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::tracing {

/// The value is a JSON text.
struct Attribute {
  std::string key;
  std::string value;

  bool operator==(const Attribute&) const = default;
};
using Attributes = std::vector<Attribute>;

/// Null if there is none of that key.
const Attribute* FindAttribute(const Attributes& attributes, std::string_view key);

struct SpanEvent {
  std::string name;
  int64_t time_ns = 0;
  Attributes attributes;

  bool operator==(const SpanEvent&) const = default;
};

/// To a span of the same or another trace.
struct SpanLink {
  std::string trace_id;  ///< "tr-" and 32 hexadecimal digits
  std::string span_id;   ///< 16 hexadecimal digits
  Attributes attributes;

  bool operator==(const SpanLink&) const = default;
};

enum class SpanStatus { kUnset, kOk, kError };
/// "UNSET", "OK", "ERROR".
std::string_view SpanStatusName(SpanStatus status);

/// A unit of work within a trace. Texts are valid UTF-8; times are nanoseconds since the epoch.
struct Span {
  std::string trace_id;   ///< "tr-" and the hexadecimal digits of OpenTelemetry's trace id
  std::string id;         ///< hexadecimal, 16 digits
  std::string parent_id;  ///< empty for a root
  std::string name;
  int64_t kind = 0;  ///< OpenTelemetry's number: 1 internal, 2 server, 3 client, 4 producer, 5 consumer
  int64_t started_ns = 0;
  int64_t ended_ns = 0;  ///< 0 if it has not ended
  SpanStatus status = SpanStatus::kUnset;
  std::string status_message;
  Attributes attributes;
  std::vector<SpanEvent> events;
  std::vector<SpanLink> links;

  bool operator==(const Span&) const = default;
};

/// Spans that came together from one source, whose properties (service.name, ...) become tags of their traces.
struct SpanGroup {
  Attributes resource;
  std::vector<Span> spans;
};

// What attributes MLflow's clients use to say what.
inline constexpr std::string_view kTraceIdAttribute = "mlflow.traceRequestId";
inline constexpr std::string_view kInputsAttribute = "mlflow.spanInputs";
inline constexpr std::string_view kOutputsAttribute = "mlflow.spanOutputs";
inline constexpr std::string_view kTypeAttribute = "mlflow.spanType";
inline constexpr std::string_view kUsageAttribute = "mlflow.chat.tokenUsage";
inline constexpr std::string_view kCostAttribute = "mlflow.llm.cost";
inline constexpr std::string_view kTagAttributePrefix = "mlflow.traceTag.";

}  // namespace gyre::tracing
