#include "api/v1/routes.h"

#include "api/v1/internal/handlers.h"

namespace gyre::api::v1 {

void AddRoutes(http::Router& router, const Deps& deps) {
  internal::AddSystemRoutes(router, deps);
  internal::AddBlobRoutes(router, deps);
  internal::AddProjectRoutes(router, deps);
  internal::AddPipelineRoutes(router, deps);
  internal::AddStepRoutes(router, deps);
  internal::AddDatasetRoutes(router, deps);
  internal::AddTrackingRoutes(router, deps);
  internal::AddModelRoutes(router, deps);
  internal::AddEndpointRoutes(router, deps);
  internal::AddPredictRoutes(router, deps);
  internal::AddMonitoringRoutes(router, deps);
  internal::AddLoopRoutes(router, deps);
  internal::AddAuditRoutes(router, deps);
  internal::AddImportRoutes(router, deps);
  internal::AddCollectionRoutes(router, deps);
  internal::AddWebhookRoutes(router, deps);
  // Last: it describes the routes above.
  const auto document = base::PrettyJson(http::OpenApiDocument(router, "Gyre", deps.version, SchemaComponents()));
  router.Add({.pattern = "/api/openapi.json",
              .handler = [document](const http::Request&, http::Response& response) { response.body += document; },
              .execution = http::Execution::kInline});
}

}  // namespace gyre::api::v1
