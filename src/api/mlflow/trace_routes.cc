#include "api/mlflow/trace_routes.h"

#include "api/mlflow/internal/traces_handlers.h"

namespace gyre::api::mlflow {

void AddTraceRoutes(http::Router& router, const TraceDeps& deps) {
  internal::Wire wire(router);
  internal::AddOtlpRoute(router, deps);
  internal::AddTraceReadRoutes(wire, deps);
  internal::AddTraceWriteRoutes(wire, deps);
  internal::AddAssessmentRoutes(wire, deps);
}

}  // namespace gyre::api::mlflow
