#include "api/mlflow/internal/otlp_spans.h"

#include <bit>
#include <optional>
#include <utility>

#include "api/mlflow/internal/otlp_build.h"
#include "api/mlflow/internal/otlp_wire.h"
#include "base/text.h"
#include "tracing/json_text.h"

// Numbers of fields are those of opentelemetry/proto/{collector/trace,trace,common,resource}/v1.

namespace gyre::api::mlflow::internal {
namespace {

using tracing::Attribute;
using tracing::Attributes;
using tracing::Span;
using tracing::SpanGroup;

base::Result<std::string> Text(std::string_view bytes) {
  if (!base::IsValidUtf8(bytes)) return NotOtlp();
  return std::string(bytes);
}

/// A value of any type; of several the last counts.
struct AnyValue {
  uint32_t field = 0;
  uint64_t number = 0;
  std::string_view bytes;
};

enum ValueField : uint32_t { kString = 1, kBool, kInt, kDouble, kArray, kKeyValues, kBytesValue };

base::Result<AnyValue> FindValue(std::string_view message) {
  AnyValue value;
  WireReader reader(message);
  while (reader.Next()) {
    const bool number = reader.field() >= kBool && reader.field() <= kDouble;
    const auto type = number ? WireReader::Type::kNumber : WireReader::Type::kBytes;
    if (reader.field() > kBytesValue || reader.type() != type) continue;
    value = {.field = reader.field(), .number = reader.number(), .bytes = reader.bytes()};
  }
  if (reader.broken()) return NotOtlp();
  return value;
}

base::Result<void> AppendValue(std::string_view message, int depth, std::string& out);

base::Result<void> AppendArray(std::string_view message, int depth, std::string& out) {
  out += '[';
  WireReader reader(message);
  for (bool first = true; reader.Next();) {
    if (!reader.IsBytes(1)) continue;
    if (!std::exchange(first, false)) out += ", ";
    TRY(AppendValue(reader.bytes(), depth + 1, out));
  }
  if (reader.broken()) return NotOtlp();
  out += ']';
  return base::Ok();
}

struct KeyValue {
  std::string_view key;
  std::string_view value;  ///< an AnyValue
};

base::Result<KeyValue> ReadKeyValue(std::string_view message) {
  KeyValue pair;
  WireReader reader(message);
  while (reader.Next()) {
    if (reader.IsBytes(1)) pair.key = reader.bytes();
    if (reader.IsBytes(2)) pair.value = reader.bytes();
  }
  if (reader.broken() || !base::IsValidUtf8(pair.key)) return NotOtlp();
  return pair;
}

base::Result<void> AppendKeyValues(std::string_view message, int depth, std::string& out) {
  out += '{';
  WireReader reader(message);
  for (bool first = true; reader.Next();) {
    if (!reader.IsBytes(1)) continue;
    const auto pair = TRY(ReadKeyValue(reader.bytes()));
    if (!std::exchange(first, false)) out += ", ";
    tracing::AppendJsonString(out, pair.key);
    out += ": ";
    TRY(AppendValue(pair.value, depth + 1, out));
  }
  if (reader.broken()) return NotOtlp();
  out += '}';
  return base::Ok();
}

base::Result<void> AppendPlain(const AnyValue& value, std::string& out) {
  switch (value.field) {
    case kString:
      if (!base::IsValidUtf8(value.bytes)) return NotOtlp();
      tracing::AppendJsonString(out, value.bytes);
      break;
    case kBool:
      out += value.number != 0 ? "true" : "false";
      break;
    case kInt:
      out += fmt::format("{}", static_cast<int64_t>(value.number));
      break;
    case kDouble:
      AppendReal(out, std::bit_cast<double>(value.number));
      break;
    case kBytesValue:
      tracing::AppendJsonString(out, Base64(value.bytes));
      break;
    default:
      out += "null";
  }
  return base::Ok();
}

base::Result<void> AppendValue(std::string_view message, int depth, std::string& out) {
  if (depth > OtlpLimits::kDepth) {
    return base::InvalidArgument(fmt::format("an attribute is nested deeper than {}", OtlpLimits::kDepth));
  }
  const auto value = TRY(FindValue(message));
  if (value.field == kArray) return AppendArray(value.bytes, depth, out);
  if (value.field == kKeyValues) return AppendKeyValues(value.bytes, depth, out);
  return AppendPlain(value, out);
}

/// Reads spans of one request.
class ProtobufSpans {
 public:
  base::Result<SpanGroup> ReadGroup(std::string_view message);

 private:
  /// Of spans themselves texts that hold JSON are unwrapped.
  enum class Texts { kAsTheyAre, kUnwrapped };
  base::Result<Attribute> ReadAttribute(std::string_view message, Texts texts = Texts::kAsTheyAre);
  base::Result<void> ReadResource(std::string_view message, Attributes& attributes);
  base::Result<void> ReadScope(std::string_view message, std::vector<Span>& spans);
  base::Result<Span> ReadSpan(std::string_view message);
  base::Result<void> ReadPart(const WireReader& reader, Span& span);
  base::Result<void> ReadStatus(std::string_view message, Span& span);
  base::Result<tracing::SpanEvent> ReadEvent(std::string_view message);
  base::Result<tracing::SpanLink> ReadLink(std::string_view message);

  OtlpBudget budget_;
};

base::Result<Attribute> ProtobufSpans::ReadAttribute(std::string_view message, Texts texts) {
  TRY(budget_.TakePart());
  const auto pair = TRY(ReadKeyValue(message));
  Attribute attribute{.key = std::string(pair.key), .value = {}};
  const auto value = TRY(FindValue(pair.value));
  if (texts == Texts::kUnwrapped && value.field == kString && base::IsValidUtf8(value.bytes)) {
    attribute.value = TextValue(value.bytes);
  } else {
    TRY(AppendValue(pair.value, 0, attribute.value));
  }
  return attribute;
}

base::Result<void> ProtobufSpans::ReadResource(std::string_view message, Attributes& attributes) {
  WireReader reader(message);
  while (reader.Next()) {
    if (reader.IsBytes(1)) attributes.push_back(TRY(ReadAttribute(reader.bytes())));
  }
  if (reader.broken()) return NotOtlp();
  return base::Ok();
}

base::Result<tracing::SpanEvent> ProtobufSpans::ReadEvent(std::string_view message) {
  TRY(budget_.TakePart());
  tracing::SpanEvent event;
  WireReader reader(message);
  while (reader.Next()) {
    if (reader.IsNumber(1)) event.time_ns = ReadNanos(reader.number());
    if (reader.IsBytes(2)) event.name = TRY(Text(reader.bytes()));
    if (reader.IsBytes(3)) event.attributes.push_back(TRY(ReadAttribute(reader.bytes())));
  }
  if (reader.broken()) return NotOtlp();
  return event;
}

base::Result<tracing::SpanLink> ProtobufSpans::ReadLink(std::string_view message) {
  TRY(budget_.TakePart());
  tracing::SpanLink link;
  WireReader reader(message);
  while (reader.Next()) {
    if (reader.IsBytes(1)) link.trace_id = "tr-" + TRY(ReadId(reader.bytes(), kTraceIdBytes, "the trace id of a link"));
    if (reader.IsBytes(2)) link.span_id = TRY(ReadId(reader.bytes(), kSpanIdBytes, "the span id of a link"));
    if (reader.IsBytes(4)) link.attributes.push_back(TRY(ReadAttribute(reader.bytes())));
  }
  if (reader.broken()) return NotOtlp();
  return link;
}

base::Result<void> ProtobufSpans::ReadStatus(std::string_view message, Span& span) {
  WireReader reader(message);
  while (reader.Next()) {
    if (reader.IsBytes(2)) span.status_message = TRY(Text(reader.bytes()));
    if (reader.IsNumber(3)) span.status = internal::ReadStatus(static_cast<int64_t>(reader.number()));
  }
  if (reader.broken()) return NotOtlp();
  return base::Ok();
}

base::Result<void> ProtobufSpans::ReadPart(const WireReader& reader, Span& span) {
  if (reader.IsBytes(1)) span.trace_id = TRY(ReadId(reader.bytes(), kTraceIdBytes, "a trace id"));
  if (reader.IsBytes(2)) span.id = TRY(ReadId(reader.bytes(), kSpanIdBytes, "a span id"));
  if (reader.IsBytes(4)) span.parent_id = TRY(ReadId(reader.bytes(), kSpanIdBytes, "a parent's span id"));
  if (reader.IsBytes(5)) span.name = TRY(Text(reader.bytes()));
  if (reader.IsNumber(6)) span.kind = static_cast<int64_t>(reader.number() % 256);
  if (reader.IsNumber(7)) span.started_ns = ReadNanos(reader.number());
  if (reader.IsNumber(8)) span.ended_ns = ReadNanos(reader.number());
  if (reader.IsBytes(9)) span.attributes.push_back(TRY(ReadAttribute(reader.bytes(), Texts::kUnwrapped)));
  if (reader.IsBytes(11)) span.events.push_back(TRY(ReadEvent(reader.bytes())));
  if (reader.IsBytes(13)) span.links.push_back(TRY(ReadLink(reader.bytes())));
  if (reader.IsBytes(15)) TRY(ReadStatus(reader.bytes(), span));
  return base::Ok();
}

base::Result<Span> ProtobufSpans::ReadSpan(std::string_view message) {
  TRY(budget_.TakeSpan());
  Span span;
  WireReader reader(message);
  while (reader.Next()) TRY(ReadPart(reader, span));
  if (reader.broken()) return NotOtlp();
  TRY(FinishSpan(span));
  return span;
}

base::Result<void> ProtobufSpans::ReadScope(std::string_view message, std::vector<Span>& spans) {
  WireReader reader(message);
  while (reader.Next()) {
    if (reader.IsBytes(2)) spans.push_back(TRY(ReadSpan(reader.bytes())));
  }
  if (reader.broken()) return NotOtlp();
  return base::Ok();
}

base::Result<SpanGroup> ProtobufSpans::ReadGroup(std::string_view message) {
  TRY(budget_.TakePart());
  SpanGroup group;
  WireReader reader(message);
  while (reader.Next()) {
    if (reader.IsBytes(1)) TRY(ReadResource(reader.bytes(), group.resource));
    if (reader.IsBytes(2)) TRY(ReadScope(reader.bytes(), group.spans));
  }
  if (reader.broken()) return NotOtlp();
  return group;
}

}  // namespace

base::Result<std::vector<SpanGroup>> ReadOtlpProtobuf(std::string_view body) {
  std::vector<SpanGroup> groups;
  ProtobufSpans spans;
  WireReader reader(body);
  while (reader.Next()) {
    if (reader.IsBytes(1)) groups.push_back(TRY(spans.ReadGroup(reader.bytes())));
  }
  if (reader.broken()) return NotOtlp();
  return groups;
}

}  // namespace gyre::api::mlflow::internal
