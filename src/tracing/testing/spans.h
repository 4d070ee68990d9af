#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tracing/json_text.h"
#include "tracing/trace.h"

namespace gyre::tracing::testing {

inline constexpr std::string_view kTraceId = "tr-00000000000000000000000000000001";

inline TraceHome Home(std::string experiment = "1") {
  return {.experiment = experiment, .artifact_location = "mlflow-artifacts:/" + experiment};
}

inline Attribute TextAttribute(std::string_view key, std::string_view text) {
  Attribute attribute{.key = std::string(key), .value = {}};
  AppendJsonString(attribute.value, text);
  return attribute;
}

/// A span of kTraceId from 1,000 ms on for `length_ms`; a root unless it has a parent.
inline Span MakeSpan(std::string id, std::string parent = {}, int64_t length_ms = 50) {
  Span span;
  span.trace_id = kTraceId;
  span.id = std::move(id);
  span.parent_id = std::move(parent);
  span.name = "span " + span.id;
  span.kind = 1;
  span.started_ns = 1'000'000'000;
  span.ended_ns = span.started_ns + length_ms * 1'000'000;
  span.status = SpanStatus::kOk;
  return span;
}

inline std::vector<SpanGroup> Group(std::vector<Span> spans) {
  return {{.resource = {}, .spans = std::move(spans)}};
}

inline TraceInfo FinishedTrace(std::string id = std::string(kTraceId)) {
  TraceInfo info;
  info.id = std::move(id);
  info.experiment = "1";
  info.state = TraceState::kOk;
  info.started_ms = 900;
  info.duration_ms = 200;
  return info;
}

}  // namespace gyre::tracing::testing
