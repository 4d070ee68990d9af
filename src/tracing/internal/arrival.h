#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "tracing/internal/usage.h"
#include "tracing/trace.h"

namespace gyre::tracing::internal {

/// A span as its row has it.
struct SpanRow {
  const Span* span = nullptr;
  std::optional<std::string> type;
  std::optional<std::string> usage;
  std::optional<std::string> cost;
  std::string attributes;
  std::string events;
  std::string links;
};

/// What came of one trace in one call, and what it says of the trace. Made before the database is asked for a
/// transaction, for that is one thread's work for all.
struct Arrival {
  std::string trace_id;
  int64_t started_ms = 0;
  std::optional<int64_t> ended_ms;
  std::optional<TraceState> state;  ///< if a root is among the spans
  std::optional<std::string> name;
  std::optional<std::string> request_preview;
  std::optional<std::string> response_preview;
  std::string session;
  std::string user;
  Texts tags;
  std::vector<SpanRow> rows;  ///< of several with one id the last
};

/// By trace, in order of their first spans. The spans must outlive it. kInvalidArgument for ids that cannot be.
base::Result<std::vector<Arrival>> ReadArrivals(const std::vector<SpanGroup>& groups);

/// The nodes of `rows` for adding up their `usage` or `cost`.
std::vector<UsageNode> NodesOf(const std::vector<SpanRow>& rows, std::optional<std::string> SpanRow::* used);

}  // namespace gyre::tracing::internal
