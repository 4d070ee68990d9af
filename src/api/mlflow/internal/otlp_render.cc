#include <array>
#include <simdjson.h>
#include <utility>

#include "api/mlflow/internal/otlp_build.h"
#include "api/mlflow/internal/traces_wire.h"
#include "base/text.h"
#include "tracing/json_text.h"

namespace gyre::api::mlflow::internal {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;
using tracing::AppendJsonString;
using tracing::Attributes;

void AppendAnyValue(const element& value, std::string& out);

void AppendList(const simdjson::dom::array& list, std::string& out) {
  out += "\"array_value\":{";
  std::string_view comma = "\"values\":[";
  for (const auto item : list) {
    out += std::exchange(comma, ",");
    AppendAnyValue(item, out);
  }
  out += comma == "," ? "]}" : "}";
}

void AppendPairs(const simdjson::dom::object& pairs, std::string& out) {
  out += "\"kvlist_value\":{";
  std::string_view comma = "\"values\":[";
  for (const auto [key, value] : pairs) {
    out += std::exchange(comma, ",");
    out += "{\"key\":";
    AppendJsonString(out, key);
    out += ",\"value\":";
    AppendAnyValue(value, out);
    out += '}';
  }
  out += comma == "," ? "]}" : "}";
}

/// {"string_value": ...} and so on; null is a value of no type.
void AppendAnyValue(const element& value, std::string& out) {
  out += '{';
  switch (value.type()) {
    case element_type::STRING:
      out += "\"string_value\":";
      AppendJsonString(out, value.get_string().value_unsafe());
      break;
    case element_type::BOOL:
      out += value.get_bool().value_unsafe() ? "\"bool_value\":true" : "\"bool_value\":false";
      break;
    case element_type::INT64:
      out += fmt::format("\"int_value\":{}", value.get_int64().value_unsafe());
      break;
    case element_type::UINT64:
      out += fmt::format("\"double_value\":{}.0", value.get_uint64().value_unsafe());
      break;
    case element_type::DOUBLE:
      out += "\"double_value\":";
      AppendReal(out, value.get_double().value_unsafe());
      break;
    case element_type::ARRAY:
      AppendList(value.get_array().value_unsafe(), out);
      break;
    case element_type::OBJECT:
      AppendPairs(value.get_object().value_unsafe(), out);
      break;
    case element_type::NULL_VALUE:
      break;
  }
  out += '}';
}

class SpanRenderer {
 public:
  explicit SpanRenderer(std::string& out) : out_(out) {}

  void Render(const tracing::Span& span);

 private:
  void AppendId(std::string_view name, std::string_view hex);
  void AppendTime(std::string_view name, int64_t nanos);
  void AppendAttributes(const Attributes& attributes);
  void AppendEvents(const tracing::Span& span);
  void AppendLinks(const tracing::Span& span);
  void AppendStatus(const tracing::Span& span);
  /// The opening of an object or list, then commas.
  void Name(std::string_view name) { out_ += fmt::format("{}\"{}\":", out_.back() == '{' ? "" : ",", name); }

  std::string& out_;
  simdjson::dom::parser parser_;
};

/// Ids of MLflow that are none of OpenTelemetry's have no bytes and are left out.
void SpanRenderer::AppendId(std::string_view name, std::string_view hex) {
  const auto text = Base64(base::HexDecode(hex).value_or(""));
  if (text.empty()) return;
  Name(name);
  AppendJsonString(out_, text);
}

void SpanRenderer::AppendTime(std::string_view name, int64_t nanos) {
  if (nanos == 0) return;
  Name(name);
  out_ += fmt::format("{}", nanos);
}

void SpanRenderer::AppendAttributes(const Attributes& attributes) {
  if (attributes.empty()) return;
  Name("attributes");
  char comma = '[';
  for (const auto& attribute : attributes) {
    out_ += std::exchange(comma, ',');
    out_ += "{\"key\":";
    AppendJsonString(out_, attribute.key);
    out_ += ",\"value\":";
    element value;
    if (parser_.parse(attribute.value.data(), attribute.value.size()).get(value) == simdjson::SUCCESS) {
      AppendAnyValue(value, out_);
    } else {
      out_ += "{\"string_value\":";
      AppendJsonString(out_, attribute.value);
      out_ += '}';
    }
    out_ += '}';
  }
  out_ += ']';
}

void SpanRenderer::AppendEvents(const tracing::Span& span) {
  if (span.events.empty()) return;
  Name("events");
  char comma = '[';
  for (const auto& event : span.events) {
    out_ += std::exchange(comma, ',');
    out_ += '{';
    AppendTime("time_unix_nano", event.time_ns);
    Name("name");
    AppendJsonString(out_, event.name);
    AppendAttributes(event.attributes);
    out_ += '}';
  }
  out_ += ']';
}

void SpanRenderer::AppendLinks(const tracing::Span& span) {
  if (span.links.empty()) return;
  Name("links");
  char comma = '[';
  for (const auto& link : span.links) {
    out_ += std::exchange(comma, ',');
    out_ += '{';
    AppendId("trace_id", std::string_view(link.trace_id).substr(link.trace_id.starts_with("tr-") ? 3 : 0));
    AppendId("span_id", link.span_id);
    AppendAttributes(link.attributes);
    out_ += '}';
  }
  out_ += ']';
}

void SpanRenderer::AppendStatus(const tracing::Span& span) {
  Name("status");
  out_ += '{';
  if (!span.status_message.empty()) {
    Name("message");
    AppendJsonString(out_, span.status_message);
  }
  if (span.status != tracing::SpanStatus::kUnset) {
    Name("code");
    out_ += fmt::format("\"STATUS_CODE_{}\"", tracing::SpanStatusName(span.status));
  }
  out_ += '}';
}

void SpanRenderer::Render(const tracing::Span& span) {
  constexpr std::array<std::string_view, 6> kKinds = {"UNSPECIFIED", "INTERNAL", "SERVER",
                                                      "CLIENT",      "PRODUCER", "CONSUMER"};
  out_ += '{';
  AppendId("trace_id", std::string_view(span.trace_id).substr(span.trace_id.starts_with("tr-") ? 3 : 0));
  AppendId("span_id", span.id);
  AppendId("parent_span_id", span.parent_id);
  Name("name");
  AppendJsonString(out_, span.name);
  // What is no kind of OpenTelemetry's is internal, as in its SDKs.
  const bool known = span.kind > 0 && span.kind < static_cast<int64_t>(kKinds.size());
  Name("kind");
  out_ += fmt::format("\"SPAN_KIND_{}\"", kKinds[known ? static_cast<size_t>(span.kind) : 1]);
  AppendTime("start_time_unix_nano", span.started_ns);
  AppendTime("end_time_unix_nano", span.ended_ns);
  AppendAttributes(span.attributes);
  AppendEvents(span);
  AppendLinks(span);
  AppendStatus(span);
  out_ += '}';
}

}  // namespace

void AppendSpan(const tracing::Span& span, std::string& out) {
  SpanRenderer(out).Render(span);
}

}  // namespace gyre::api::mlflow::internal
