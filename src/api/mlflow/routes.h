#pragma once

#include "http/router.h"
#include "tracking/tracker.h"

namespace gyre::api::mlflow {

/// Everything the routes call; all of it must outlive the router.
struct Deps {
  tracking::Tracker& tracker;
};

/// What MLflow clients of 3.18 speak: /api/2.0/mlflow/*, /api/3.0/mlflow/*, their /ajax-api twins, /health, /version.
/// Anything else under those prefixes answers 404 with ENDPOINT_NOT_FOUND, on which clients fall back.
void AddRoutes(http::Router& router, const Deps& deps);

}  // namespace gyre::api::mlflow
