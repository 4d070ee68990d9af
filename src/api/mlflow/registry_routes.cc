#include "api/mlflow/registry_routes.h"

#include "api/mlflow/internal/registry_handlers.h"

namespace gyre::api::mlflow {

void AddRegistryRoutes(http::Router& router, const RegistryDeps& deps) {
  internal::Wire wire(router);
  internal::AddRegisteredModelRoutes(wire, deps.registry);
  internal::AddModelVersionRoutes(wire, deps.registry);
  internal::AddWebhookRoutes(wire, deps.webhooks);
}

}  // namespace gyre::api::mlflow
