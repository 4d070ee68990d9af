#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "tracing/trace.h"

namespace gyre::tracing {

/// Traces, their spans and what is said of them, with MLflow's meaning of each (the wire form is api/mlflow's).
/// Experiments and runs are known by their ids only. Thread-safe. What a trace holds is its data and not audited;
/// deleting traces is.
///
/// Errors: kInvalidArgument (what is never accepted; a trace that is in another experiment), kNotFound.
class Traces {
 public:
  /// `database` must outlive it. Brings its tables up to date.
  static base::Result<std::unique_ptr<Traces>> Open(store::Database& database);

  /// Keeps spans, all or none; durable on return. A span that is there already is replaced. Traces that are new are
  /// made. A root span ends its trace and gives it state, previews and tags; session, user, token usage and cost come
  /// from any span, unless the client has said them itself (Finish). `run`, if not empty, gets the traces whose root
  /// came.
  base::Result<void> LogSpans(const TraceHome& home, const std::vector<SpanGroup>& groups, std::string_view run = {});

  /// What a client says of its trace once that has ended; it has the last word over what came from spans. `info` names
  /// the experiment of `home`. Returns the trace as it is then.
  base::Result<TraceInfo> Finish(const TraceHome& home, const TraceInfo& info);

  base::Result<TraceInfo> GetInfo(std::string_view id);
  /// Those that are there, in the order of `ids`; if `experiments` is not null, only those in them.
  base::Result<std::vector<TraceInfo>> GetInfos(std::span<const std::string> ids,
                                                const std::vector<std::string>* experiments = nullptr);
  /// With its spans. Spans may come later than their trace's end: unless `allow_partial`, waits up to `patience` for
  /// all that the client has announced, then kNotFound.
  base::Result<Trace> Get(std::string_view id, bool allow_partial, std::chrono::milliseconds patience);
  /// Those whose spans are all there, in the order of `ids`.
  base::Result<std::vector<Trace>> GetMany(std::span<const std::string> ids,
                                           const std::vector<std::string>* experiments = nullptr);

  /// Newest first unless order_by says otherwise. A deep page costs what the first one costs.
  base::Result<TracePage> Search(const TraceSearch& search);

  base::Result<void> SetTag(std::string_view id, std::string_view key, std::string_view value);
  /// kNotFound if it has no such tag.
  base::Result<void> DeleteTag(std::string_view id, std::string_view key);

  /// Returns how many there were.
  base::Result<int64_t> Delete(const TraceDeletion& deletion, std::string_view actor);

  /// A trace that is not there (yet) can be linked too.
  base::Result<void> LinkToRun(std::span<const std::string> ids, std::string_view run);
  /// `prompts` are "name/version".
  base::Result<void> LinkPrompts(std::string_view id, std::span<const std::string> prompts);

  /// With a new id, unless it has one, and the time of now.
  base::Result<Assessment> CreateAssessment(Assessment assessment);
  base::Result<Assessment> GetAssessment(std::string_view trace, std::string_view id);
  base::Result<Assessment> UpdateAssessment(std::string_view trace, std::string_view id,
                                            const AssessmentUpdate& update);
  /// What it overrode is valid again. Nothing happens if there is none.
  base::Result<void> DeleteAssessment(std::string_view trace, std::string_view id);

 private:
  explicit Traces(store::Database& database) : database_(database) {}

  base::Result<std::optional<Trace>> TryGet(std::string_view id, bool allow_partial);
  void Announce();

  store::Database& database_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  uint64_t arrivals_ = 0;  ///< of spans or ends of traces
};

}  // namespace gyre::tracing
