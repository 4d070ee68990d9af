#include "tracing/internal/span_text.h"

#include <simdjson.h>

#include "tracing/json_text.h"

namespace gyre::tracing::internal {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::string_view kNone = "[]";

void AppendValues(std::string& out, const Attributes& attributes) {
  out += '{';
  std::string_view comma;
  for (const auto& attribute : attributes) {
    out += comma;
    AppendJsonString(out, attribute.key);
    out += ": ";
    out += attribute.value;
    comma = ", ";
  }
  out += '}';
}

base::Error Corrupt() {
  return base::Corrupt("a stored span cannot be read; delete its trace and log it again");
}

std::string_view TextOf(const object& parent, std::string_view key) {
  std::string_view text;
  return parent[key].get(text) == simdjson::SUCCESS ? text : std::string_view();
}

Attributes ValuesOf(const object& parent) {
  Attributes attributes;
  object values;
  if (parent["attributes"].get(values) != simdjson::SUCCESS) return attributes;
  for (const auto [key, value] : values) {
    attributes.push_back({.key = std::string(key), .value = simdjson::minify(value)});
  }
  return attributes;
}

}  // namespace

std::string AttributesText(const Attributes& attributes) {
  std::string out = "{";
  std::string_view comma;
  for (const auto& attribute : attributes) {
    out += comma;
    AppendJsonString(out, attribute.key);
    out += ": ";
    AppendJsonString(out, attribute.value);
    comma = ", ";
  }
  out += '}';
  return out;
}

std::string EventsText(const std::vector<SpanEvent>& events) {
  std::string out = "[";
  for (const auto& event : events) {
    out += out.size() > 1 ? ", {\"name\": " : "{\"name\": ";
    AppendJsonString(out, event.name);
    out += fmt::format(", \"time_unix_nano\": {}, \"attributes\": ", event.time_ns);
    AppendValues(out, event.attributes);
    out += '}';
  }
  out += ']';
  return out;
}

std::string LinksText(const std::vector<SpanLink>& links) {
  std::string out = "[";
  for (const auto& link : links) {
    out += out.size() > 1 ? ", {\"trace_id\": " : "{\"trace_id\": ";
    AppendJsonString(out, link.trace_id);
    out += ", \"span_id\": ";
    AppendJsonString(out, link.span_id);
    out += ", \"attributes\": ";
    AppendValues(out, link.attributes);
    out += '}';
  }
  out += ']';
  return out;
}

struct SpanTextReader::State {
  simdjson::dom::parser parser;

  /// Calls `use` with each object of a list.
  template <class Use>
  base::Result<void> EachObject(std::string_view text, const Use& use) {
    if (text == kNone) return base::Ok();
    simdjson::dom::array list;
    if (parser.parse(text.data(), text.size()).get(list) != simdjson::SUCCESS) return Corrupt();
    for (const auto item : list) {
      object fields;
      if (item.get(fields) != simdjson::SUCCESS) return Corrupt();
      use(fields);
    }
    return base::Ok();
  }
};

SpanTextReader::SpanTextReader() : state_(std::make_unique<State>()) {}
SpanTextReader::~SpanTextReader() = default;

base::Result<Attributes> SpanTextReader::ReadAttributes(std::string_view text) {
  Attributes attributes;
  object fields;
  if (state_->parser.parse(text.data(), text.size()).get(fields) != simdjson::SUCCESS) return Corrupt();
  attributes.reserve(fields.size());
  for (const auto [key, value] : fields) {
    std::string_view json;
    if (value.get(json) != simdjson::SUCCESS) return Corrupt();
    attributes.push_back({.key = std::string(key), .value = std::string(json)});
  }
  return attributes;
}

base::Result<std::vector<SpanEvent>> SpanTextReader::ReadEvents(std::string_view text) {
  std::vector<SpanEvent> events;
  TRY(state_->EachObject(text, [&](const object& fields) {
    int64_t time = 0;
    if (fields["time_unix_nano"].get(time) != simdjson::SUCCESS) time = 0;
    events.push_back({.name = std::string(TextOf(fields, "name")), .time_ns = time, .attributes = ValuesOf(fields)});
  }));
  return events;
}

base::Result<std::vector<SpanLink>> SpanTextReader::ReadLinks(std::string_view text) {
  std::vector<SpanLink> links;
  TRY(state_->EachObject(text, [&](const object& fields) {
    links.push_back({.trace_id = std::string(TextOf(fields, "trace_id")),
                     .span_id = std::string(TextOf(fields, "span_id")),
                     .attributes = ValuesOf(fields)});
  }));
  return links;
}

}  // namespace gyre::tracing::internal
