#include <algorithm>

#include "tracing/internal/arrival.h"
#include "tracing/internal/checks.h"
#include "tracing/internal/span_rows.h"
#include "tracing/internal/trace_rows.h"
#include "tracing/traces.h"

namespace gyre::tracing {
namespace {

using internal::Arrival;
using internal::SpanRow;
using internal::TraceRow;

base::Error Elsewhere(std::string_view id) {
  return base::InvalidArgument(fmt::format("Trace with ID '{}' already exists in another experiment.", id),
                               std::string(id));
}

TraceRow NewRow(const TraceHome& home, std::string_view id, int64_t number) {
  TraceRow row;
  row.number = number;
  row.id = id;
  row.experiment = home.experiment;
  row.state = TraceState::kInProgress;
  row.artifact_uri = internal::ArtifactUri(home.artifact_location, id);
  return row;
}

/// From the first start to the last end of all spans so far, unless the client has said itself.
void MergeTimes(const Arrival& arrival, bool is_new, TraceRow& row) {
  if (row.finished) return;
  std::optional<int64_t> ended = arrival.ended_ms;
  if (!is_new && row.duration_ms) ended = std::max(ended.value_or(0), row.started_ms + *row.duration_ms);
  row.started_ms = is_new ? arrival.started_ms : std::min(row.started_ms, arrival.started_ms);
  if (ended) row.duration_ms = *ended - row.started_ms;
}

void Merge(const Arrival& arrival, bool is_new, TraceRow& row) {
  MergeTimes(arrival, is_new, row);
  const bool open = row.state == TraceState::kInProgress || row.state == TraceState::kUnspecified;
  if (open && arrival.state) row.state = *arrival.state;
  if (arrival.name) row.name = arrival.name;
  if (!row.request_preview) row.request_preview = arrival.request_preview;
  if (!row.response_preview) row.response_preview = arrival.response_preview;
  row.has_spans = true;
}

/// What was used is added up over all spans of the trace, those of earlier calls too.
base::Result<void> PutUsage(store::Transaction& transaction, const Arrival& arrival, const TraceRow& row, bool is_new) {
  struct Kind {
    std::string_view key;
    std::string_view column;
    std::optional<std::string> SpanRow::* used;
    std::optional<std::string> (*add)(std::span<const internal::UsageNode>);
  };
  const std::array<Kind, 2> kinds = {{{kUsageMetadata, "usage", &SpanRow::usage, internal::AddTokens},
                                      {kCostMetadata, "cost", &SpanRow::cost, internal::AddCosts}}};
  for (const auto& kind : kinds) {
    if (std::ranges::none_of(arrival.rows, [&](const SpanRow& span) { return (span.*kind.used).has_value(); })) {
      continue;
    }
    if (row.finished && TRY(internal::HasMetadata(transaction, row.number, kind.key))) continue;
    const auto nodes = is_new ? internal::NodesOf(arrival.rows, kind.used)
                              : TRY(internal::LoadUsage(transaction, row.number, kind.column));
    if (const auto sum = kind.add(nodes)) TRY(internal::PutMetadata(transaction, row.number, kind.key, *sum));
  }
  return base::Ok();
}

base::Result<void> PutOnce(store::Transaction& transaction, int64_t trace, std::string_view key,
                           const std::string& value) {
  if (value.empty() || TRY(internal::HasMetadata(transaction, trace, key))) return base::Ok();
  return internal::PutMetadata(transaction, trace, key, value);
}

base::Result<void> LinkRun(store::Transaction& transaction, std::string_view id, std::string_view run) {
  TRY(transaction.Execute("INSERT INTO trace_runs(trace_id, run) VALUES (?1, ?2) ON CONFLICT(trace_id, run) DO NOTHING",
                          id, run));
  return base::Ok();
}

base::Result<void> PutArrival(store::Transaction& transaction, const TraceHome& home, const Arrival& arrival,
                              int64_t& next_number) {
  const auto found = TRY(internal::FindRow(transaction, arrival.trace_id));
  if (found && found->experiment != home.experiment) return Elsewhere(arrival.trace_id);
  if (!found && next_number == 0) next_number = TRY(internal::NextNumber(transaction));
  TraceRow row = found ? *found : NewRow(home, arrival.trace_id, next_number++);
  Merge(arrival, !found, row);
  TRY(found ? internal::UpdateRow(transaction, row) : internal::InsertRow(transaction, row));
  TRY(internal::PutSpans(transaction, row.number, arrival.rows));
  TRY(PutUsage(transaction, arrival, row, !found));
  TRY(PutOnce(transaction, row.number, kSessionMetadata, arrival.session));
  TRY(PutOnce(transaction, row.number, kUserMetadata, arrival.user));
  for (const auto& [key, value] : arrival.tags) TRY(internal::PutTag(transaction, row.number, key, value));
  return base::Ok();
}

}  // namespace

base::Result<void> Traces::LogSpans(const TraceHome& home, const std::vector<SpanGroup>& groups, std::string_view run) {
  const auto arrivals = TRY(internal::ReadArrivals(groups));
  TRY(database_.Write([&](store::Transaction& transaction) -> base::Result<void> {
    int64_t next_number = 0;
    for (const auto& arrival : arrivals) {
      TRY(PutArrival(transaction, home, arrival, next_number));
      if (!run.empty() && arrival.state) TRY(LinkRun(transaction, arrival.trace_id, run));
    }
    return base::Ok();
  }));
  Announce();
  return base::Ok();
}

base::Result<void> Traces::LinkToRun(std::span<const std::string> ids, std::string_view run) {
  if (ids.size() > TraceLimits::kLinks) {
    return base::InvalidArgument(fmt::format("Cannot link more than {} traces to a run in a single request. Provided "
                                             "{} traces.",
                                             TraceLimits::kLinks, ids.size()),
                                 "trace_ids");
  }
  return database_.Write([&](store::Transaction& transaction) -> base::Result<void> {
    for (const auto& id : ids) TRY(LinkRun(transaction, id, run));
    return base::Ok();
  });
}

}  // namespace gyre::tracing
