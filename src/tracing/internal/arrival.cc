#include "tracing/internal/arrival.h"

#include <algorithm>
#include <unordered_map>

#include "base/id.h"
#include "base/text.h"
#include "tracing/internal/checks.h"
#include "tracing/internal/preview.h"
#include "tracing/internal/span_text.h"

namespace gyre::tracing::internal {
namespace {

constexpr int64_t kNanosPerMilli = 1'000'000;

std::optional<std::string> TextAttribute(const Span& span, std::string_view key) {
  const auto* attribute = FindAttribute(span.attributes, key);
  if (attribute == nullptr || attribute->value == "null") return std::nullopt;
  return PlainText(attribute->value);
}

SpanRow MakeRow(const Span& span) {
  return {.span = &span,
          .type = TextAttribute(span, kTypeAttribute),
          .usage = TextAttribute(span, kUsageAttribute),
          .cost = TextAttribute(span, kCostAttribute),
          .attributes = AttributesText(span.attributes),
          .events = EventsText(span.events),
          .links = LinksText(span.links)};
}

void PutTag(Texts& tags, std::string_view key, std::string_view value) {
  if (base::IsValidKey(key)) tags[std::string(key)] = FirstCharacters(value, TraceLimits::kTagValue);
}

/// What the source of the spans says of itself, but not what belongs to its SDK or to MLflow.
void TakeResource(const Attributes& resource, Texts& tags) {
  for (const auto& attribute : resource) {
    if (attribute.key.starts_with("telemetry.sdk.") || attribute.key.starts_with("mlflow.")) continue;
    PutTag(tags, attribute.key, PlainText(attribute.value));
  }
}

void TakeRoot(const Span& root, Arrival& arrival) {
  arrival.state = root.status == SpanStatus::kError ? TraceState::kError : TraceState::kOk;
  if (const auto* inputs = FindAttribute(root.attributes, kInputsAttribute)) {
    arrival.request_preview = Preview(inputs->value, "user");
  }
  if (const auto* outputs = FindAttribute(root.attributes, kOutputsAttribute)) {
    arrival.response_preview = Preview(outputs->value, "assistant");
  }
  for (const auto& attribute : root.attributes) {
    if (!attribute.key.starts_with(kTagAttributePrefix)) continue;
    const auto key = std::string_view(attribute.key).substr(kTagAttributePrefix.size());
    if (IsSystemTag(key)) continue;
    if (key == kNameTag) {
      arrival.name = PlainText(attribute.value);
    } else {
      PutTag(arrival.tags, key, PlainText(attribute.value));
    }
  }
}

base::Result<void> TakeSession(const Span& span, Arrival& arrival) {
  if (arrival.session.empty()) {
    for (const std::string_view key : {"session.id", "gen_ai.conversation.id"}) {
      arrival.session = TextAttribute(span, key).value_or("");
      if (!arrival.session.empty()) break;
    }
    TRY(CheckSession(arrival.session));
  }
  if (arrival.user.empty()) arrival.user = TextAttribute(span, "user.id").value_or("");
  return base::Ok();
}

base::Result<void> Take(const Span& span, Arrival& arrival) {
  const int64_t started = span.started_ns / kNanosPerMilli;
  arrival.started_ms = arrival.rows.empty() ? started : std::min(arrival.started_ms, started);
  if (span.ended_ns != 0) {
    arrival.ended_ms = std::max(arrival.ended_ms.value_or(0), span.ended_ns / kNanosPerMilli);
  }
  TRY(TakeSession(span, arrival));
  if (span.parent_id.empty()) TakeRoot(span, arrival);
  arrival.rows.push_back(MakeRow(span));
  return base::Ok();
}

/// The last row of each id.
void DropRepeated(std::vector<SpanRow>& rows) {
  std::unordered_map<std::string_view, const Span*> last;
  for (const auto& row : rows) last[row.span->id] = row.span;
  if (last.size() == rows.size()) return;
  std::erase_if(rows, [&](const SpanRow& row) { return last[row.span->id] != row.span; });
}

}  // namespace

base::Result<std::vector<Arrival>> ReadArrivals(const std::vector<SpanGroup>& groups) {
  std::vector<Arrival> arrivals;
  std::unordered_map<std::string_view, size_t> places;
  for (const auto& group : groups) {
    for (const auto& span : group.spans) {
      TRY(CheckNewTraceId(span.trace_id));
      if (span.id.empty()) return base::InvalidArgument("a span has no id", "span_id");
      const auto [place, first] = places.emplace(span.trace_id, arrivals.size());
      if (first) {
        arrivals.emplace_back().trace_id = span.trace_id;
        TakeResource(group.resource, arrivals.back().tags);
      }
      TRY(Take(span, arrivals[place->second]));
    }
  }
  for (auto& arrival : arrivals) DropRepeated(arrival.rows);
  return arrivals;
}

std::vector<UsageNode> NodesOf(const std::vector<SpanRow>& rows, std::optional<std::string> SpanRow::* used) {
  std::vector<UsageNode> nodes;
  for (const auto& row : rows) {
    nodes.push_back({.id = row.span->id, .parent = row.span->parent_id, .usage = (row.*used).value_or("")});
  }
  return nodes;
}

}  // namespace gyre::tracing::internal
