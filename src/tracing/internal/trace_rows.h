#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "tracing/trace.h"

namespace gyre::tracing::internal {

/// A row of traces.
struct TraceRow {
  int64_t number = 0;
  std::string id;
  std::string experiment;
  std::optional<std::string> name;
  TraceState state = TraceState::kUnspecified;
  int64_t started_ms = 0;
  std::optional<int64_t> duration_ms;
  std::optional<std::string> client_request;
  std::optional<std::string> request_preview;
  std::optional<std::string> response_preview;
  std::string artifact_uri;
  bool finished = false;
  bool has_spans = false;
};

base::Result<std::optional<TraceRow>> FindRow(store::Reader& reader, std::string_view id);
/// kNotFound.
base::Result<int64_t> NumberOf(store::Reader& reader, std::string_view id);

/// "<location>/traces/<id>/artifacts".
std::string ArtifactUri(std::string_view location, std::string_view id);

/// The number that the next trace gets.
base::Result<int64_t> NextNumber(store::Reader& reader);
base::Result<void> InsertRow(store::Transaction& transaction, const TraceRow& row);
/// All but id, experiment and place of artifacts.
base::Result<void> UpdateRow(store::Transaction& transaction, const TraceRow& row);

base::Result<void> PutTag(store::Transaction& transaction, int64_t trace, std::string_view key, std::string_view value);
base::Result<void> PutMetadata(store::Transaction& transaction, int64_t trace, std::string_view key,
                               std::string_view value);
base::Result<bool> HasMetadata(store::Reader& reader, int64_t trace, std::string_view key);

/// What a statement yields that selects the columns of kTraceColumns from "traces t".
inline constexpr std::string_view kTraceColumns =
    "t.number, t.id, t.experiment, t.name, t.state, t.started_ms, t.duration_ms, t.client_request, t.request_preview, "
    "t.response_preview, t.artifact_uri, t.finished, t.has_spans";
inline constexpr int kTraceColumnCount = 13;
base::Result<TraceRow> ReadRow(const store::Row& row);

/// The rows of those ids that are there, in no order.
base::Result<std::vector<TraceRow>> FindRows(store::Reader& reader, std::span<const std::string> ids);
/// With tags, metadata and assessments, in the order of `rows`.
base::Result<std::vector<TraceInfo>> CompleteInfos(store::Reader& reader, std::vector<TraceRow> rows);

}  // namespace gyre::tracing::internal
