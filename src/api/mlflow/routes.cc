#include "api/mlflow/routes.h"

#include "api/mlflow/internal/handlers.h"

namespace gyre::api::mlflow {

void AddRoutes(http::Router& router, const Deps& deps) {
  internal::Wire wire(router);
  internal::AddProbeRoutes(wire);
  internal::AddExperimentRoutes(wire, deps);
  internal::AddRunRoutes(wire, deps);
  internal::AddLoggingRoutes(wire, deps);
  internal::AddMetricRoutes(wire, deps);
  internal::AddLoggedModelRoutes(wire, deps);
  internal::AddSearchRoutes(wire, deps);
}

}  // namespace gyre::api::mlflow
