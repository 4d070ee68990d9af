#pragma once

#include "api/mlflow/artifact_routes.h"
#include "api/mlflow/internal/handlers.h"

namespace gyre::api::mlflow::internal {

/// The tree as a whole.
void AddArtifactProxyRoutes(Wire& wire, const ArtifactDeps& deps);
/// Uploads in parts, and URLs that need no credentials.
void AddArtifactTransferRoutes(Wire& wire, const ArtifactDeps& deps);
/// Artifacts by the run, logged model or version they belong to.
void AddArtifactOwnerRoutes(Wire& wire, const ArtifactDeps& deps);

}  // namespace gyre::api::mlflow::internal
