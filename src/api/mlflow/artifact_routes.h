#pragma once

#include <cstdint>

#include "artifacts/artifact_store.h"
#include "artifacts/multipart.h"
#include "artifacts/url_signer.h"
#include "http/router.h"
#include "registry/registry.h"
#include "tracking/tracker.h"

namespace gyre::api::mlflow {

/// What the routes of artifacts call; all of it must outlive the router.
struct ArtifactDeps {
  tracking::Tracker& tracker;
  registry::Registry& registry;
  artifacts::ArtifactStore& artifacts;
  artifacts::Multipart& uploads;
  const artifacts::UrlSigner& signer;
  uint64_t max_upload_bytes = 0;  ///< of one file, or one part of one
};

/// /api/2.0/mlflow-artifacts/*, /get-artifact and the other ways to artifacts that MLflow has, with ranges.
void AddArtifactRoutes(http::Router& router, const ArtifactDeps& deps);

}  // namespace gyre::api::mlflow
