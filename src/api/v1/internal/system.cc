#include "api/v1/internal/docs.h"
#include "api/v1/internal/handlers.h"

namespace gyre::api::v1::internal {
namespace {

/// Protocols of other tools that have their place but are not built yet: their clients are told so, rather than that
/// there is nothing. They are in no document.
void AddComing(http::Router& router) {
  using enum http::Method;
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kComing = {
      {{"/v2", "the Open Inference Protocol"}, {"/v2/{path...}", "the Open Inference Protocol"}}};
  for (const auto& [pattern, what] : kComing) {
    for (const auto method : {kGet, kPost, kPut, kPatch, kDelete}) {
      router.Add({.method = method,
                  .pattern = std::string(pattern),
                  .handler =
                      [what](const http::Request&, http::Response& response) {
                        response.SetError(base::Unimplemented(
                            fmt::format("{} is not built yet; what there is: /api/openapi.json and /endpoints", what)));
                      },
                  .execution = http::Execution::kInline});
    }
  }
}

}  // namespace

void AddSystemRoutes(http::Router& router, const Deps& deps) {
  AddComing(router);
  const auto text = [](std::string_view body) {
    return [body = std::string(body)](const http::Request&, http::Response& response) { response.SetText(200, body); };
  };
  router.Add({.pattern = "/healthz",
              .handler = text("ok\n"),
              .execution = http::Execution::kInline,
              .doc = Doc("isAlive", "system", "The process answers").ReturnsFile("text/plain").Errors({})});
  router.Add({.pattern = "/api/v1/version",
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
