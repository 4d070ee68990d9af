#include "tracing/internal/span_rows.h"

#include "tracing/internal/span_text.h"

namespace gyre::tracing::internal {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO trace_spans(trace, id, parent, name, type, status, message, kind, started_ns, ended_ns, usage, cost, "
    "attributes, events, links) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) "
    "ON CONFLICT(trace, id) DO UPDATE SET parent = excluded.parent, name = excluded.name, type = excluded.type, "
    "status = excluded.status, message = excluded.message, kind = excluded.kind, started_ns = excluded.started_ns, "
    "ended_ns = excluded.ended_ns, usage = excluded.usage, cost = excluded.cost, attributes = excluded.attributes, "
    "events = excluded.events, links = excluded.links";

SpanStatus ParseStatus(std::string_view name) {
  if (name == SpanStatusName(SpanStatus::kOk)) return SpanStatus::kOk;
  return name == SpanStatusName(SpanStatus::kError) ? SpanStatus::kError : SpanStatus::kUnset;
}

base::Result<Span> ReadSpan(const store::Row& row, const std::string& trace_id, SpanTextReader& reader) {
  Span span;
  span.trace_id = trace_id;
  span.id = row.String(0);
  span.parent_id = row.String(1);
  span.name = row.String(2);
  span.status = ParseStatus(row.Text(3));
  span.status_message = row.String(4);
  span.kind = row.Int(5);
  span.started_ns = row.Int(6);
  span.ended_ns = row.Int(7);
  span.attributes = TRY(reader.ReadAttributes(row.Text(8)));
  span.events = TRY(reader.ReadEvents(row.Text(9)));
  span.links = TRY(reader.ReadLinks(row.Text(10)));
  return span;
}

}  // namespace

base::Result<void> PutSpans(store::Transaction& transaction, int64_t trace, const std::vector<SpanRow>& rows) {
  for (const auto& row : rows) {
    const auto& span = *row.span;
    TRY(transaction.Execute(kInsert, trace, span.id, span.parent_id, span.name, row.type, SpanStatusName(span.status),
                            span.status_message, span.kind, span.started_ns, span.ended_ns, row.usage, row.cost,
                            row.attributes, row.events, row.links));
  }
  return base::Ok();
}

base::Result<std::vector<UsageNode>> LoadUsage(store::Reader& reader, int64_t trace, std::string_view column) {
  std::vector<UsageNode> nodes;
  TRY(reader.Query(
      fmt::format("SELECT id, parent, {} FROM trace_spans WHERE trace = ?1", column),
      [&](const store::Row& row) -> base::Result<void> {
        nodes.push_back({.id = row.String(0), .parent = row.String(1), .usage = row.String(2)});
        return base::Ok();
      },
      trace));
  return nodes;
}

base::Result<std::vector<Span>> LoadSpans(store::Reader& reader, int64_t trace, const std::string& id) {
  std::vector<Span> spans;
  SpanTextReader texts;
  TRY(reader.Query(
      "SELECT id, parent, name, status, message, kind, started_ns, ended_ns, attributes, events, links "
      "FROM trace_spans WHERE trace = ?1 ORDER BY CASE WHEN parent = '' THEN 0 ELSE 1 END, started_ns, id",
      [&](const store::Row& row) -> base::Result<void> {
        spans.push_back(TRY(ReadSpan(row, id, texts)));
        return base::Ok();
      },
      trace));
  return spans;
}

}  // namespace gyre::tracing::internal
