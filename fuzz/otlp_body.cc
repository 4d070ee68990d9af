// Takes the input for a body of OTLP in both encodings, and compressed. What is accepted must be spans that can be
// written as JSON, and be bounded.
#include "api/mlflow/internal/otlp_body.h"

#include <cstdlib>

#include "api/mlflow/internal/otlp_spans.h"
#include "api/mlflow/internal/traces_wire.h"
#include "base/json.h"
#include "base/text.h"
#include "target.h"

namespace gyre::fuzz {
namespace {

using Groups = base::Result<std::vector<tracing::SpanGroup>>;

void Expect(bool holds, const char* what) {
  if (holds) return;
  fmt::print(stderr, "otlp_body: does not hold: {}\n", what);
  std::abort();
}

void CheckAttributes(const tracing::Attributes& attributes) {
  for (const auto& attribute : attributes) {
    Expect(base::IsValidUtf8(attribute.key), "a key is text");
    Expect(base::Json::accept(attribute.value), "a value is JSON");
  }
}

void CheckSpan(const tracing::Span& span) {
  Expect(span.trace_id.size() == 35 && span.id.size() == 16, "ids have their lengths");
  Expect(base::IsValidUtf8(span.name) && base::IsValidUtf8(span.status_message), "names are text");
  CheckAttributes(span.attributes);
  for (const auto& event : span.events) CheckAttributes(event.attributes);
  for (const auto& link : span.links) CheckAttributes(link.attributes);
  std::string rendered;
  api::mlflow::internal::AppendSpan(span, rendered);
  Expect(base::Json::accept(rendered), "a span is written as JSON");
}

void Check(const Groups& groups) {
  if (!groups) {
    const auto code = groups.error().code();
    Expect(code == base::ErrorCode::kInvalidArgument || code == base::ErrorCode::kTooLarge,
           "a mistake is the client's");
    return;
  }
  for (const auto& group : *groups) {
    CheckAttributes(group.resource);
    for (const auto& span : group.spans) CheckSpan(span);
  }
}

}  // namespace

int FuzzOne(const uint8_t* bytes, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(bytes), size);
  Check(api::mlflow::internal::ReadOtlpProtobuf(body));
  Check(api::mlflow::internal::ReadOtlpJson(body));
  for (const std::string_view encoding : {"gzip", "deflate"}) {
    constexpr size_t kLimit = 1 << 16;
    const auto unpacked = api::mlflow::internal::Decompress(body, encoding, kLimit);
    if (unpacked) Expect(unpacked->size() <= kLimit, "what comes out is bounded");
  }
  return 0;
}

}  // namespace gyre::fuzz
