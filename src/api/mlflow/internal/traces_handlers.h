#pragma once

#include "api/mlflow/internal/handlers.h"
#include "api/mlflow/trace_routes.h"

namespace gyre::api::mlflow::internal {

void AddOtlpRoute(http::Router& router, const TraceDeps& deps);
void AddTraceReadRoutes(Wire& wire, const TraceDeps& deps);
void AddTraceWriteRoutes(Wire& wire, const TraceDeps& deps);
void AddAssessmentRoutes(Wire& wire, const TraceDeps& deps);

}  // namespace gyre::api::mlflow::internal
