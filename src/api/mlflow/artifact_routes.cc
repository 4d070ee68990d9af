#include "api/mlflow/artifact_routes.h"

#include "api/mlflow/internal/artifacts_routes.h"

namespace gyre::api::mlflow {
namespace {

/// What the server refuses by itself; a path that it does not take is one that leads out of the tree.
void FillRefusal(int status, const base::Error& error, http::Response& response) {
  const bool path = error.name() == "target";
  internal::Render(path ? internal::InvalidParameter("Invalid path") : internal::Failure(error), response);
  response.status = status;
}

}  // namespace

void AddArtifactRoutes(http::Router& router, const ArtifactDeps& deps) {
  internal::Wire wire(router);
  internal::AddArtifactProxyRoutes(wire, deps);
  internal::AddArtifactTransferRoutes(wire, deps);
  internal::AddArtifactOwnerRoutes(wire, deps);
  router.AddErrorForm("/api/2.0/mlflow-artifacts/", FillRefusal);
  router.AddErrorForm("/ajax-api/2.0/mlflow-artifacts/", FillRefusal);
}

}  // namespace gyre::api::mlflow
