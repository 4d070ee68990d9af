#pragma once

#include "http/router.h"
#include "registry/registry.h"
#include "webhooks/webhooks.h"

namespace gyre::api::mlflow {

/// What the registry's routes call; all of it must outlive the router.
struct RegistryDeps {
  registry::Registry& registry;
  webhooks::Webhooks& webhooks;
};

/// registered-models/*, model-versions/* and webhooks of MLflow's protocol, under /api/2.0/mlflow/ and /ajax-api/.
void AddRegistryRoutes(http::Router& router, const RegistryDeps& deps);

}  // namespace gyre::api::mlflow
