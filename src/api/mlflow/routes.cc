#include "api/mlflow/routes.h"

#include "api/mlflow/internal/handlers.h"

namespace gyre::api::mlflow {

void AddRoutes(http::Router& router, const Deps&) {
  internal::Wire wire(router);
  internal::AddProbeRoutes(wire);
}

}  // namespace gyre::api::mlflow
