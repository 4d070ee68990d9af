#include "api/v1/internal/docs.h"
#include "api/v1/internal/handlers.h"

namespace gyre::api::v1::internal {

void AddSystemRoutes(http::Router& router, const Deps& deps) {
  const auto text = [](std::string_view body) {
    return [body = std::string(body)](const http::Request&, http::Response& response) { response.SetText(200, body); };
  };
  // MLflow's probes, whose clients read /version as plain text.
  router.Add({.pattern = "/health", .handler = text("OK"), .execution = http::Execution::kInline});
  router.Add({.pattern = "/healthz",
              .handler = text("ok\n"),
              .execution = http::Execution::kInline,
              .doc = Doc("isAlive", "system", "The process answers").ReturnsFile("text/plain").Errors({})});
  router.Add({.pattern = "/version",
              .handler = text(deps.version),
              .execution = http::Execution::kInline,
              .doc = Doc("getVersion", "system", "Version of the program").ReturnsFile("text/plain").Errors({})});
  router.Add({.pattern = "/readyz",
              .handler =
                  [ready = deps.ready](const http::Request&, http::Response& response) {
                    if (ready()) return response.SetText(200, "ready\n");
                    response.SetText(503, "not ready\n");
                  },
              .execution = http::Execution::kInline,
              .doc = Doc("isReady", "system", "Endpoints are loaded and requests are taken")
                         .ReturnsFile("text/plain")
                         .Errors({})});
  router.Add({.pattern = "/metrics",
              .handler =
                  [&metrics = deps.metrics](const http::Request&, http::Response& response) {
                    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
                    response.body += metrics.Expose();
                  },
              .doc = Doc("getMetrics", "system", "Figures for Prometheus").ReturnsFile("text/plain").Errors({})});
}

}  // namespace gyre::api::v1::internal
