#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tracing/assessment.h"
#include "tracing/span.h"

namespace gyre::tracing {

using Texts = std::map<std::string, std::string>;

enum class TraceState { kUnspecified, kOk, kError, kInProgress };
/// "STATE_UNSPECIFIED", "OK", "ERROR", "IN_PROGRESS".
std::string_view TraceStateName(TraceState state);
base::Result<TraceState> ParseTraceState(std::string_view name);

/// All of a trace but its spans. Times are milliseconds since the epoch, as MLflow has them.
struct TraceInfo {
  std::string id;
  std::string experiment;  ///< whether there is one of that id, its owner says
  TraceState state = TraceState::kUnspecified;
  int64_t started_ms = 0;
  std::optional<int64_t> duration_ms;
  std::optional<std::string> client_request_id;
  std::optional<std::string> request_preview;  ///< the beginning of what went in
  std::optional<std::string> response_preview;
  Texts metadata;  ///< said once, by the client or derived from spans
  Texts tags;      ///< can be changed
  std::vector<Assessment> assessments;
};

struct Trace {
  TraceInfo info;
  std::vector<Span> spans;  ///< roots first, then by start
};

/// Where new traces go.
struct TraceHome {
  std::string experiment;
  std::string artifact_location;  ///< of the experiment
};

struct TraceSearch {
  std::vector<std::string> experiments;  ///< none finds nothing
  std::string filter;
  std::vector<std::string> order_by;
  int64_t max_results = 100;
  std::string page_token;
};

struct TracePage {
  std::vector<TraceInfo> traces;
  std::string next_page_token;  ///< empty: there are no more
};

/// Which traces of an experiment to delete: all that fit.
struct TraceDeletion {
  std::string experiment;
  std::optional<int64_t> started_until_ms;
  std::optional<int64_t> at_most;  ///< the oldest ones
  std::vector<std::string> ids;    ///< empty: whatever their ids
};

struct TraceLimits {
  static constexpr size_t kTagKey = 250;       ///< characters
  static constexpr size_t kTagValue = 8000;    ///< characters; longer ones are cut
  static constexpr size_t kMetadata = 250;     ///< of a session id
  static constexpr size_t kPreview = 1000;     ///< characters
  static constexpr int64_t kPage = 500;        ///< traces
  static constexpr size_t kLinks = 100;        ///< traces linked in one call
  static constexpr size_t kDeletion = 10'000;  ///< traces deleted in one transaction
};

// Tags and metadata with a meaning.
inline constexpr std::string_view kNameTag = "mlflow.traceName";
inline constexpr std::string_view kArtifactTag = "mlflow.artifactLocation";
inline constexpr std::string_view kSpansTag = "mlflow.trace.spansLocation";
inline constexpr std::string_view kArchiveTag = "mlflow.trace.archiveLocation";
inline constexpr std::string_view kArchivalFailureTag = "mlflow.trace.archivalFailure";
inline constexpr std::string_view kSpansHere = "TRACKING_STORE";
inline constexpr std::string_view kRunMetadata = "mlflow.sourceRun";
inline constexpr std::string_view kSessionMetadata = "mlflow.trace.session";
inline constexpr std::string_view kUserMetadata = "mlflow.trace.user";
inline constexpr std::string_view kUsageMetadata = "mlflow.trace.tokenUsage";
inline constexpr std::string_view kCostMetadata = "mlflow.trace.cost";
inline constexpr std::string_view kSizeMetadata = "mlflow.trace.sizeStats";
inline constexpr std::string_view kFinalMetadata = "mlflow.trace.infoFinalized";

}  // namespace gyre::tracing
