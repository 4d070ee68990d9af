#include <cstdlib>

#include "api/mlflow/internal/traces_wire.h"
#include "base/text.h"
#include "base/time.h"
#include "tracing/json_text.h"

namespace gyre::api::mlflow::internal {
namespace {

using tracing::AppendJsonString;
using tracing::Assessment;
using tracing::Texts;

// What MLflow shows at most of tags and metadata, in characters.
constexpr size_t kTagValue = 4096;
constexpr size_t kMetadataValue = 250;
constexpr size_t kKey = 250;

std::string_view Cut(std::string_view text, size_t characters) {
  if (text.size() <= characters) return text;
  size_t seen = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U && seen++ == characters) return text.substr(0, i);
  }
  return text;
}

/// ,"name":"text"
void AppendText(std::string_view name, std::string_view text, std::string& out) {
  out += fmt::format(",\"{}\":", name);
  AppendJsonString(out, text);
}

void AppendIfAny(std::string_view name, std::string_view text, std::string& out) {
  if (!text.empty()) AppendText(name, text, out);
}

void AppendTexts(std::string_view name, const Texts& texts, size_t longest, std::string& out) {
  if (texts.empty()) return;
  out += fmt::format(",\"{}\":", name);
  char comma = '{';
  for (const auto& [key, value] : texts) {
    out += std::exchange(comma, ',');
    AppendJsonString(out, Cut(key, kKey));
    out += ':';
    AppendJsonString(out, Cut(value, longest));
  }
  out += '}';
}

std::string TimeText(int64_t millis) {
  return base::FormatTimestamp(base::FromMicros(millis * 1000));
}

/// Seconds with a fraction of three digits where there is one.
std::string DurationText(int64_t millis) {
  const auto magnitude = std::abs(millis);
  const std::string_view sign = millis < 0 ? "-" : "";
  if (magnitude % 1000 == 0) return fmt::format("{}{}s", sign, magnitude / 1000);
  return fmt::format("{}{}.{:03}s", sign, magnitude / 1000, magnitude % 1000);
}

void AppendValue(const Assessment& assessment, std::string& out) {
  switch (assessment.kind) {
    case Assessment::Kind::kExpectation:
      if (assessment.value.starts_with('{') || assessment.value.starts_with('[')) {
        out += ",\"expectation\":{\"serialized_value\":{\"serialization_format\":\"JSON_FORMAT\"";
        AppendText("value", assessment.value, out);
        out += "}}";
      } else {
        out += fmt::format(",\"expectation\":{{\"value\":{}}}", assessment.value);
      }
      return;
    case Assessment::Kind::kIssue:
      out += fmt::format(",\"issue\":{{\"issue_name\":{}}}", assessment.value);
      return;
    case Assessment::Kind::kFeedback:
      out += fmt::format(",\"feedback\":{{\"value\":{}", assessment.value);
      if (!assessment.error.empty()) out += fmt::format(",\"error\":{}", assessment.error);
      out += '}';
  }
}

}  // namespace

void AppendAssessment(const Assessment& assessment, std::string& out) {
  out += "{\"assessment_id\":";
  AppendJsonString(out, assessment.id);
  AppendText("assessment_name", assessment.name, out);
  AppendText("trace_id", assessment.trace_id, out);
  AppendIfAny("span_id", assessment.span_id, out);
  out += fmt::format(",\"source\":{{\"source_type\":\"{}\"", assessment.source_type);
  AppendIfAny("source_id", assessment.source_id, out);
  out += '}';
  AppendText("create_time", TimeText(assessment.created_ms), out);
  AppendText("last_update_time", TimeText(assessment.updated_ms), out);
  AppendValue(assessment, out);
  AppendIfAny("rationale", assessment.rationale, out);
  AppendTexts("metadata", assessment.metadata, std::string::npos, out);
  AppendIfAny("overrides", assessment.overrides, out);
  out += assessment.valid ? ",\"valid\":true}" : ",\"valid\":false}";
}

void AppendTraceInfo(const tracing::TraceInfo& info, std::string& out) {
  out += "{\"trace_id\":";
  AppendJsonString(out, info.id);
  if (info.client_request_id) AppendText("client_request_id", *info.client_request_id, out);
  out += ",\"trace_location\":{\"type\":\"MLFLOW_EXPERIMENT\",\"mlflow_experiment\":{\"experiment_id\":";
  AppendJsonString(out, info.experiment);
  out += "}}";
  if (info.request_preview) AppendText("request_preview", *info.request_preview, out);
  if (info.response_preview) AppendText("response_preview", *info.response_preview, out);
  AppendText("request_time", TimeText(info.started_ms), out);
  if (info.duration_ms) AppendText("execution_duration", DurationText(*info.duration_ms), out);
  AppendText("state", tracing::TraceStateName(info.state), out);
  AppendTexts("trace_metadata", info.metadata, kMetadataValue, out);
  AppendTexts("tags", info.tags, kTagValue, out);
  if (!info.assessments.empty()) {
    out += ",\"assessments\":";
    char comma = '[';
    for (const auto& assessment : info.assessments) {
      out += std::exchange(comma, ',');
      AppendAssessment(assessment, out);
    }
    out += ']';
  }
  out += '}';
}

void AppendTrace(const tracing::Trace& trace, std::string& out) {
  out += "{\"trace_info\":";
  AppendTraceInfo(trace.info, out);
  if (!trace.spans.empty()) {
    out += ",\"spans\":";
    char comma = '[';
    for (const auto& span : trace.spans) {
      out += std::exchange(comma, ',');
      AppendSpan(span, out);
    }
    out += ']';
  }
  out += '}';
}

}  // namespace gyre::api::mlflow::internal
