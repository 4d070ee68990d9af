#include <array>
#include <cmath>
#include <optional>
#include <simdjson.h>
#include <span>
#include <utility>

#include "api/mlflow/internal/otlp_build.h"
#include "api/mlflow/internal/otlp_spans.h"
#include "base/text.h"
#include "tracing/json_text.h"

namespace gyre::api::mlflow::internal {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;
using tracing::Attribute;
using tracing::Attributes;
using tracing::Span;
using tracing::SpanGroup;

/// A field by its name in JSON or, as protocol buffers allow, in the message's definition. Null counts as absent.
std::optional<element> Find(const object& fields, std::string_view camel, std::string_view snake) {
  element found;
  if (fields[camel].get(found) != simdjson::SUCCESS && fields[snake].get(found) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return found.is_null() ? std::nullopt : std::optional(found);
}
std::optional<element> Find(const object& fields, std::string_view name) {
  return Find(fields, name, name);
}

base::Error Wrong(std::string_view name) {
  return base::InvalidArgument(fmt::format("Invalid OpenTelemetry format: the field '{}' has a wrong type", name),
                               std::string(name));
}

base::Result<std::string_view> TextOf(const object& fields, std::string_view camel, std::string_view snake) {
  const auto found = Find(fields, camel, snake);
  std::string_view text;
  if (found && found->get(text) != simdjson::SUCCESS) return Wrong(camel);
  return text;
}

base::Result<int64_t> WholeOf(const element& value, std::string_view name) {
  int64_t whole = 0;
  if (value.get(whole) == simdjson::SUCCESS) return whole;
  uint64_t large = 0;
  if (value.get(large) == simdjson::SUCCESS) return ReadNanos(large);
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    if (const auto parsed = base::ParseInt(text)) return *parsed;
  }
  double real = 0;
  if (value.get(real) == simdjson::SUCCESS && real == std::floor(real) && std::abs(real) < 9e18) {
    return static_cast<int64_t>(real);
  }
  return Wrong(name);
}

base::Result<int64_t> NanosOf(const object& fields, std::string_view camel, std::string_view snake) {
  const auto found = Find(fields, camel, snake);
  return found ? WholeOf(*found, camel) : base::Result<int64_t>(0);
}

base::Result<std::string> IdOf(const object& fields, std::string_view camel, std::string_view snake, size_t size) {
  const auto text = TRY(TextOf(fields, camel, snake));
  const auto bytes = base::HexDecode(text);
  if (!bytes) {
    return base::InvalidArgument(
        fmt::format("the field '{}' is '{}', which is not hexadecimal", camel, text.substr(0, 64)), std::string(camel));
  }
  return ReadId(*bytes, size, camel);
}

/// A number of an enum, or its name.
base::Result<int64_t> EnumOf(const object& fields, std::string_view name, std::span<const std::string_view> names) {
  const auto found = Find(fields, name);
  if (!found) return 0;
  std::string_view text;
  if (found->get(text) != simdjson::SUCCESS) return WholeOf(*found, name);
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return static_cast<int64_t>(i);
  }
  return Wrong(name);
}

template <class Use>
base::Result<void> Each(const object& fields, std::string_view camel, std::string_view snake, const Use& use) {
  const auto found = Find(fields, camel, snake);
  if (!found) return base::Ok();
  array items;
  if (found->get(items) != simdjson::SUCCESS) return Wrong(camel);
  for (const auto item : items) {
    object inner;
    if (item.get(inner) != simdjson::SUCCESS) return Wrong(camel);
    TRY(use(inner));
  }
  return base::Ok();
}

base::Result<void> AppendValue(const object& value, int depth, std::string& out);

base::Result<void> AppendArray(const element& list, int depth, std::string& out) {
  object fields;
  if (list.get(fields) != simdjson::SUCCESS) return Wrong("arrayValue");
  out += '[';
  bool first = true;
  TRY(Each(fields, "values", "values", [&](const object& item) -> base::Result<void> {
    if (!std::exchange(first, false)) out += ", ";
    return AppendValue(item, depth + 1, out);
  }));
  out += ']';
  return base::Ok();
}

base::Result<void> AppendKeyValues(const element& list, int depth, std::string& out) {
  object fields;
  if (list.get(fields) != simdjson::SUCCESS) return Wrong("kvlistValue");
  out += '{';
  bool first = true;
  TRY(Each(fields, "values", "values", [&](const object& pair) -> base::Result<void> {
    if (!std::exchange(first, false)) out += ", ";
    tracing::AppendJsonString(out, TRY(TextOf(pair, "key", "key")));
    out += ": ";
    object inner;
    const auto value = Find(pair, "value");
    if (!value || value->get(inner) != simdjson::SUCCESS) {
      out += "null";
      return base::Ok();
    }
    return AppendValue(inner, depth + 1, out);
  }));
  out += '}';
  return base::Ok();
}

base::Result<void> AppendNumber(const element& value, std::string& out) {
  double real = 0;
  std::string_view text;
  if (value.get(real) == simdjson::SUCCESS) {
    AppendReal(out, real);
    return base::Ok();
  }
  if (value.get(text) != simdjson::SUCCESS) return Wrong("doubleValue");
  if (text == "NaN" || text == "Infinity" || text == "-Infinity") {
    tracing::AppendJsonString(out, text);
    return base::Ok();
  }
  const auto parsed = base::ParseDouble(text);
  if (!parsed) return Wrong("doubleValue");
  AppendReal(out, *parsed);
  return base::Ok();
}

base::Result<void> AppendValue(const object& value, int depth, std::string& out) {
  if (depth > OtlpLimits::kDepth) {
    return base::InvalidArgument(fmt::format("an attribute is nested deeper than {}", OtlpLimits::kDepth));
  }
  if (Find(value, "stringValue", "string_value")) {
    tracing::AppendJsonString(out, TRY(TextOf(value, "stringValue", "string_value")));
  } else if (const auto truth = Find(value, "boolValue", "bool_value")) {
    bool set = false;
    if (truth->get(set) != simdjson::SUCCESS) return Wrong("boolValue");
    out += set ? "true" : "false";
  } else if (const auto whole = Find(value, "intValue", "int_value")) {
    out += fmt::format("{}", TRY(WholeOf(*whole, "intValue")));
  } else if (const auto real = Find(value, "doubleValue", "double_value")) {
    return AppendNumber(*real, out);
  } else if (const auto list = Find(value, "arrayValue", "array_value")) {
    return AppendArray(*list, depth, out);
  } else if (const auto pairs = Find(value, "kvlistValue", "kvlist_value")) {
    return AppendKeyValues(*pairs, depth, out);
  } else if (Find(value, "bytesValue", "bytes_value")) {
    tracing::AppendJsonString(out, TRY(TextOf(value, "bytesValue", "bytes_value")));
  } else {
    out += "null";
  }
  return base::Ok();
}

/// Reads spans of one request.
class JsonSpans {
 public:
  base::Result<SpanGroup> ReadGroup(const object& fields);

 private:
  /// Of spans themselves texts that hold JSON are unwrapped.
  enum class Texts { kAsTheyAre, kUnwrapped };
  base::Result<Attributes> ReadAttributes(const object& fields, Texts texts = Texts::kAsTheyAre);
  base::Result<Span> ReadSpan(const object& fields);
  base::Result<void> ReadStatus(const object& fields, Span& span);
  base::Result<void> ReadEvents(const object& fields, Span& span);
  base::Result<void> ReadLinks(const object& fields, Span& span);

  OtlpBudget budget_;
};

base::Result<Attributes> JsonSpans::ReadAttributes(const object& fields, Texts texts) {
  Attributes attributes;
  TRY(Each(fields, "attributes", "attributes", [&](const object& pair) -> base::Result<void> {
    TRY(budget_.TakePart());
    Attribute attribute;
    attribute.key = TRY(TextOf(pair, "key", "key"));
    object value;
    std::string_view text;
    const auto found = Find(pair, "value");
    if (!found || found->get(value) != simdjson::SUCCESS) {
      attribute.value = "null";
    } else if (const auto plain = Find(value, "stringValue", "string_value");
               texts == Texts::kUnwrapped && plain && plain->get(text) == simdjson::SUCCESS) {
      attribute.value = TextValue(text);
    } else {
      TRY(AppendValue(value, 0, attribute.value));
    }
    attributes.push_back(std::move(attribute));
    return base::Ok();
  }));
  return attributes;
}

base::Result<void> JsonSpans::ReadStatus(const object& fields, Span& span) {
  constexpr std::array<std::string_view, 3> kCodes = {"STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"};
  const auto found = Find(fields, "status");
  if (!found) return base::Ok();
  object status;
  if (found->get(status) != simdjson::SUCCESS) return Wrong("status");
  span.status = internal::ReadStatus(TRY(EnumOf(status, "code", kCodes)));
  span.status_message = TRY(TextOf(status, "message", "message"));
  return base::Ok();
}

base::Result<void> JsonSpans::ReadEvents(const object& fields, Span& span) {
  return Each(fields, "events", "events", [&](const object& item) -> base::Result<void> {
    TRY(budget_.TakePart());
    tracing::SpanEvent event;
    event.name = TRY(TextOf(item, "name", "name"));
    event.time_ns = TRY(NanosOf(item, "timeUnixNano", "time_unix_nano"));
    event.attributes = TRY(ReadAttributes(item));
    span.events.push_back(std::move(event));
    return base::Ok();
  });
}

base::Result<void> JsonSpans::ReadLinks(const object& fields, Span& span) {
  return Each(fields, "links", "links", [&](const object& item) -> base::Result<void> {
    TRY(budget_.TakePart());
    tracing::SpanLink link;
    link.trace_id = "tr-" + TRY(IdOf(item, "traceId", "trace_id", kTraceIdBytes));
    link.span_id = TRY(IdOf(item, "spanId", "span_id", kSpanIdBytes));
    link.attributes = TRY(ReadAttributes(item));
    span.links.push_back(std::move(link));
    return base::Ok();
  });
}

base::Result<Span> JsonSpans::ReadSpan(const object& fields) {
  constexpr std::array<std::string_view, 6> kKinds = {"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL",
                                                      "SPAN_KIND_SERVER",      "SPAN_KIND_CLIENT",
                                                      "SPAN_KIND_PRODUCER",    "SPAN_KIND_CONSUMER"};
  TRY(budget_.TakeSpan());
  Span span;
  span.trace_id = TRY(IdOf(fields, "traceId", "trace_id", kTraceIdBytes));
  span.id = TRY(IdOf(fields, "spanId", "span_id", kSpanIdBytes));
  span.parent_id = TRY(IdOf(fields, "parentSpanId", "parent_span_id", kSpanIdBytes));
  span.name = TRY(TextOf(fields, "name", "name"));
  span.kind = TRY(EnumOf(fields, "kind", kKinds));
  span.started_ns = TRY(NanosOf(fields, "startTimeUnixNano", "start_time_unix_nano"));
  span.ended_ns = TRY(NanosOf(fields, "endTimeUnixNano", "end_time_unix_nano"));
  span.attributes = TRY(ReadAttributes(fields, Texts::kUnwrapped));
  TRY(ReadStatus(fields, span));
  TRY(ReadEvents(fields, span));
  TRY(ReadLinks(fields, span));
  TRY(FinishSpan(span));
  return span;
}

base::Result<SpanGroup> JsonSpans::ReadGroup(const object& fields) {
  TRY(budget_.TakePart());
  SpanGroup group;
  object resource;
  if (const auto found = Find(fields, "resource"); found && found->get(resource) == simdjson::SUCCESS) {
    group.resource = TRY(ReadAttributes(resource));
  }
  TRY(Each(fields, "scopeSpans", "scope_spans", [&](const object& scope) -> base::Result<void> {
    return Each(scope, "spans", "spans", [&](const object& span) -> base::Result<void> {
      group.spans.push_back(TRY(ReadSpan(span)));
      return base::Ok();
    });
  }));
  return group;
}

}  // namespace

base::Result<std::vector<SpanGroup>> ReadOtlpJson(std::string_view body) {
  simdjson::dom::parser parser;
  object fields;
  if (parser.parse(body.data(), body.size()).get(fields) != simdjson::SUCCESS) return NotOtlp();
  std::vector<SpanGroup> groups;
  JsonSpans spans;
  TRY(Each(fields, "resourceSpans", "resource_spans", [&](const object& item) -> base::Result<void> {
    groups.push_back(TRY(spans.ReadGroup(item)));
    return base::Ok();
  }));
  return groups;
}

}  // namespace gyre::api::mlflow::internal
