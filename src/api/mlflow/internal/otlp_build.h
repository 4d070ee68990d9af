#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/mlflow/internal/otlp_spans.h"
#include "base/result.h"
#include "tracing/span.h"

// What both encodings of OTLP become spans with.

namespace gyre::api::mlflow::internal {

/// Counts what a request has brought so far.
class OtlpBudget {
 public:
  base::Result<void> TakeSpan();
  base::Result<void> TakePart();

 private:
  size_t spans_ = 0;
  size_t parts_ = 0;
};

/// With padding.
std::string Base64(std::string_view bytes);

/// A number that stays one of floating point wherever it is read next; what JSON has not as a text.
void AppendReal(std::string& out, double value);

/// A text that is itself the JSON of a text, list or object stays as it is: clients of MLflow encode twice. Any other
/// becomes a JSON string.
std::string TextValue(std::string_view text);

/// The bytes of an id in hexadecimal, filled up to `size` bytes; empty if there are none, or zeros only.
/// kInvalidArgument if there are more.
base::Result<std::string> ReadId(std::string_view bytes, size_t size, std::string_view what);
inline constexpr size_t kTraceIdBytes = 16;
inline constexpr size_t kSpanIdBytes = 8;

/// Times over the largest signed number, as no clock has them, become that.
int64_t ReadNanos(uint64_t nanos);
tracing::SpanStatus ReadStatus(int64_t code);

/// Checks the ids, and puts the trace's into the attribute that clients look for it in.
base::Result<void> FinishSpan(tracing::Span& span);

base::Error NotOtlp();

}  // namespace gyre::api::mlflow::internal
