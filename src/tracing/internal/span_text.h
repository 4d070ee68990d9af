#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tracing/span.h"

namespace gyre::tracing::internal {

// The texts of trace_spans, spaced as MLflow's are, for the searches that look into them.

/// {"key": "<JSON text of the value>", ...}
std::string AttributesText(const Attributes& attributes);
/// [{"name": ..., "time_unix_nano": ..., "attributes": {"key": value, ...}}, ...]
std::string EventsText(const std::vector<SpanEvent>& events);
/// [{"trace_id": ..., "span_id": ..., "attributes": {...}}, ...]
std::string LinksText(const std::vector<SpanLink>& links);

/// Reads them back. Keeps its memory from text to text; one thread.
class SpanTextReader {
 public:
  SpanTextReader();
  ~SpanTextReader();

  /// kCorrupt for what was not written by the functions above.
  base::Result<Attributes> ReadAttributes(std::string_view text);
  base::Result<std::vector<SpanEvent>> ReadEvents(std::string_view text);
  base::Result<std::vector<SpanLink>> ReadLinks(std::string_view text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gyre::tracing::internal
