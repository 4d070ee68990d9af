#include "api/mlflow/internal/otlp_body.h"
#include "api/mlflow/internal/otlp_spans.h"
#include "api/mlflow/internal/traces_handlers.h"
#include "base/text.h"

namespace gyre::api::mlflow::internal {
namespace {

constexpr std::string_view kProtobuf = "application/x-protobuf";
constexpr std::string_view kJson = "application/json";

base::Result<std::vector<tracing::SpanGroup>> ReadGroups(std::string_view body, std::string_view media_type) {
  auto groups = TRY(media_type == kJson ? ReadOtlpJson(body) : ReadOtlpProtobuf(body));
  if (!groups.empty()) return groups;
  return base::InvalidArgument("Invalid OpenTelemetry format - no spans found");
}

base::Result<std::vector<tracing::SpanGroup>> ReadSpans(const http::Request& request, std::string_view media_type) {
  const auto encoding = request.header("Content-Encoding");
  if (encoding.empty() || base::EqualsIgnoreCase(encoding, "identity")) return ReadGroups(request.body(), media_type);
  return ReadGroups(TRY(Decompress(request.body(), encoding, OtlpLimits::kBytes)), media_type);
}

Answer Export(const TraceDeps& deps, const http::Request& request, http::Response& response) {
  const auto type = request.header("Content-Type");
  const auto media_type = base::Trim(type.substr(0, type.find(';')));
  if (media_type != kProtobuf && media_type != kJson) {
    return InvalidParameter(
        fmt::format("Invalid Content-Type: {}. Expected: application/x-protobuf or application/json", type));
  }
  const auto experiment = request.header("x-mlflow-experiment-id");
  if (experiment.empty()) {
    return InvalidParameter("Missing header 'x-mlflow-experiment-id': it names the experiment that the spans are for.");
  }
  const auto home = TRY(deps.tracker.GetExperiment(tracking::ExperimentId(experiment)));
  const auto groups = TRY(ReadSpans(request, media_type));
  TRY(deps.traces.LogSpans({.experiment = home.id.value(), .artifact_location = home.artifact_location}, groups,
                           request.header("x-mlflow-run-id")));
  // An empty ExportTraceServiceResponse: all were taken.
  response.content_type = media_type == kJson ? kJson : kProtobuf;
  if (media_type == kJson) response.body = "{}";
  return Done();
}

}  // namespace

void AddOtlpRoute(http::Router& router, const TraceDeps& deps) {
  router.Add({.method = http::Method::kPost,
              .pattern = "/v1/traces",
              .handler =
                  [deps](const http::Request& request, http::Response& response) {
                    const auto answer = Export(deps, request, response);
                    if (!answer) Render(answer.error(), response);
                  },
              .max_body = OtlpLimits::kBytes});
}

}  // namespace gyre::api::mlflow::internal
