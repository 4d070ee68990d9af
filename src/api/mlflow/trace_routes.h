#pragma once

#include "http/router.h"
#include "tracing/traces.h"
#include "tracking/tracker.h"

namespace gyre::api::mlflow {

/// What the routes of traces call; all of it must outlive the router.
struct TraceDeps {
  tracing::Traces& traces;
  tracking::Tracker& tracker;
};

/// /v1/traces (OTLP over HTTP), the traces of MLflow's protocol under /api/3.0/mlflow/traces, what of them its clients
/// call under 2.0, and the /ajax-api twins.
void AddTraceRoutes(http::Router& router, const TraceDeps& deps);

}  // namespace gyre::api::mlflow
