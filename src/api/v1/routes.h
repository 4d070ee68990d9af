#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/log.h"
#include "base/metrics.h"
#include "blob/blob_store.h"
#include "data/catalog.h"
#include "govern/audit_trail.h"
#include "govern/collector.h"
#include "http/router.h"
#include "loop/loop.h"
#include "monitor/labels.h"
#include "monitor/monitor.h"
#include "monitor/prediction_log.h"
#include "pipeline/executor.h"
#include "pipeline/project.h"
#include "registry/registry.h"
#include "release/releases.h"
#include "serve/endpoints.h"
#include "serve/predictor.h"
#include "steps/ad_hoc.h"
#include "tracking/tracker.h"
#include "transfer/importer.h"
#include "webhooks/webhooks.h"

namespace gyre::api::v1 {

/// Everything the routes call; all of it must outlive the router.
struct Deps {
  blob::BlobStore& blobs;
  data::Catalog& catalog;
  tracking::Tracker& tracker;
  registry::Registry& registry;
  pipeline::Projects& projects;
  pipeline::Executor& executor;
  steps::AdHoc& ad_hoc;
  serve::Endpoints& endpoints;
  serve::Predictor& predictor;
  release::Releases& releases;
  monitor::Monitor& monitor;
  monitor::Labels& labels;
  monitor::PredictionLog& log;
  loop::Loop& loop;
  govern::AuditTrail& audit;
  transfer::Importer& importer;
  govern::Collector& collector;
  webhooks::Webhooks& webhooks;
  onnx::Runtime& onnx;
  base::Metrics& metrics;
  const base::Clock& clock;
  std::string version;  ///< of the program
  uint64_t max_upload_bytes = 0;
  std::filesystem::path work_folder;  ///< for short-lived files
  std::function<bool()> ready;        ///< false while starting and draining
};

/// /api/v1/*, /endpoints/*, /metrics, probes, and the document that describes them at /api/openapi.json.
void AddRoutes(http::Router& router, const Deps& deps);

/// Schemas that the routes' documents refer to.
base::Json SchemaComponents();

}  // namespace gyre::api::v1
