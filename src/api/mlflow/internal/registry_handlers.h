#pragma once

#include "api/mlflow/internal/handlers.h"
#include "registry/registry.h"
#include "webhooks/webhooks.h"

namespace gyre::api::mlflow::internal {

void AddRegisteredModelRoutes(Wire& wire, registry::Registry& registry);
void AddModelVersionRoutes(Wire& wire, registry::Registry& registry);
void AddWebhookRoutes(Wire& wire, webhooks::Webhooks& webhooks);

}  // namespace gyre::api::mlflow::internal
