#include <array>
#include <string_view>

#include "api/mlflow/internal/handlers.h"
#include "api/mlflow/internal/render.h"

namespace gyre::api::mlflow::internal {
namespace {

/// Clients turn features on by it.
constexpr std::string_view kSpokenVersion = "3.18.0";

void AddText(http::Router& router, std::string_view pattern, std::string_view text) {
  router.Add({.pattern = std::string(pattern),
              .handler =
                  [text](const http::Request&, http::Response& response) {
                    response.SetText(200, text);
                    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
                  },
              .execution = http::Execution::kInline});
}

/// What pages and clients ask before they log in: which of MLflow's servers this is like, and what it can.
Answer ServerInfo(const Call& call) {
  JsonWriter json(call.response.body);
  json.BeginObject().Text("store_type", "SqlStore").Text("tracking_auth", "");
  json.Bool("workspaces_enabled", false).Bool("trace_archival_enabled", false);
  json.Bool("artifact_serving_enabled", true).Bool("artifacts_presigned_only", false);
  // Whether clients should use them unasked; who sets MLflow's variables for it gets them.
  json.Bool("multipart_uploads_enabled", false).Bool("multipart_downloads_enabled", false);
  json.Bool("presigned_upload_run_id_supported", false).Bool("presigned_upload_model_id_supported", false);
  json.Bool("model_artifact_presigned_downloads_supported", true);
  json.BeginObject("features_enabled").Bool("gateway", false).Bool("scheduled_issue_detection", false).EndObject();
  json.EndObject();
  return Done();
}

void AddUnknown(http::Router& router) {
  using enum http::Method;
  constexpr std::array<std::string_view, 4> kPatterns = {
      "/api/2.0/mlflow/{path...}",
      "/api/3.0/mlflow/{path...}",
      "/api/2.0/mlflow-artifacts/{path...}",
      "/ajax-api/{path...}",
  };
  for (const auto pattern : kPatterns) {
    for (const auto method : {kGet, kPost, kPut, kPatch, kDelete}) {
      router.Add({.method = method,
                  .pattern = std::string(pattern),
                  .handler =
                      [](const http::Request& request, http::Response& response) {
                        Render(
                            Failure(Code::kEndpointNotFound, std::string(http::MethodName(request.method())) + " " +
                                                                 std::string(request.path()) + " is not served here."),
                            response);
                      },
                  .execution = http::Execution::kInline});
    }
  }
}

}  // namespace

void AddProbeRoutes(Wire& wire) {
  AddText(wire.router(), "/health", "OK");
  AddText(wire.router(), "/version", kSpokenVersion);
  wire.Add(http::Method::kGet, "3.0/mlflow/server-info", kNoFields, ServerInfo);
  AddUnknown(wire.router());
}

}  // namespace gyre::api::mlflow::internal
