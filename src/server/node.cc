#include "server/node.h"

#include "adopt/links.h"
#include "adopt/onnx_bundler.h"
#include "api/mlflow/artifact_routes.h"
#include "api/mlflow/registry_routes.h"
#include "api/mlflow/routes.h"
#include "api/mlflow/trace_routes.h"
#include "api/v1/routes.h"
#include "artifacts/artifact_store.h"
#include "artifacts/multipart.h"
#include "artifacts/url_signer.h"
#include "base/metrics.h"
#include "blob/blob_store.h"
#include "data/catalog.h"
#include "govern/audit_trail.h"
#include "govern/collector.h"
#include "http/client.h"
#include "http/server.h"
#include "loop/loop.h"
#include "monitor/labels.h"
#include "monitor/monitor.h"
#include "monitor/prediction_log.h"
#include "onnx/runtime.h"
#include "pipeline/executor.h"
#include "pipeline/project.h"
#include "proc/child.h"
#include "registry/registry.h"
#include "release/releases.h"
#include "serve/endpoints.h"
#include "serve/predictor.h"
#include "server/internal/alarm_sink.h"
#include "server/internal/registry_links.h"
#include "server/internal/run_metrics.h"
#include "steps/ad_hoc.h"
#include "steps/runner.h"
#include "steps/trial_tracker.h"
#include "steps/version.h"
#include "store/database.h"
#include "targets/local_target.h"
#include "tracking/tracker.h"
#include "transfer/importer.h"
#include "ui/pages.h"
#include "webhooks/webhooks.h"

namespace gyre::server {
namespace {

class LocalNode final : public Node {
 public:
  LocalNode(Home home, const Options& options)
      : home_(std::move(home)),
        options_(options),
        log_({.level = options.settings.log_level, .format = options.settings.log_format}) {}
  ~LocalNode() override { Stop(); }

  base::Result<void> Wire();
  const http::Router& router() const override { return router_; }
  base::Logger& log() override { return log_; }
  base::Result<std::string> Listen() override;
  void Stop() override;

 private:
  base::Result<void> OpenStores();
  base::Result<void> OpenServing();
  base::Result<void> OpenPipelines();
  base::Result<void> ConnectRegistry();
  void AddRoutes();
  base::Result<void> StartThreads();

  // In the order of construction; destruction runs backwards.
  Home home_;
  Options options_;
  base::SystemClock clock_;
  base::SystemEntropy entropy_;
  base::Logger log_;
  base::Metrics metrics_;
  internal::RunMetrics run_metrics_{metrics_};
  proc::ChildRunner children_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<blob::BlobStore> blobs_;
  std::unique_ptr<tracking::Tracker> tracker_;
  std::unique_ptr<tracing::Traces> traces_;
  std::unique_ptr<artifacts::ArtifactStore> artifacts_;
  std::unique_ptr<artifacts::Multipart> uploads_;
  artifacts::UrlSigner signer_{clock_, entropy_};
  std::unique_ptr<data::Catalog> catalog_;
  std::unique_ptr<registry::Registry> registry_;
  std::unique_ptr<webhooks::Webhooks> webhooks_;
  std::unique_ptr<govern::AuditTrail> audit_;
  std::unique_ptr<transfer::Importer> importer_;
  std::unique_ptr<govern::Collector> collector_;
  onnx::Runtime onnx_;
  std::unique_ptr<adopt::TreeOfArtifacts> tree_;
  std::unique_ptr<adopt::TrackedOrigins> origins_;
  std::unique_ptr<adopt::OnnxBundler> bundler_;
  std::unique_ptr<serve::Endpoints> endpoints_;
  std::unique_ptr<monitor::PredictionLog> prediction_log_;
  std::unique_ptr<serve::Predictor> predictor_;
  std::unique_ptr<targets::LocalTarget> target_;
  std::unique_ptr<monitor::Labels> labels_;
  std::unique_ptr<monitor::Monitor> monitor_;
  std::unique_ptr<release::Releases> releases_;
  std::unique_ptr<internal::EndpointUsers> version_users_;
  std::unique_ptr<internal::RegistryHooks> registry_hooks_;
  std::unique_ptr<steps::TrialTracker> trials_;
  std::unique_ptr<steps::Runner> runner_;
  std::unique_ptr<pipeline::Projects> projects_;
  std::unique_ptr<pipeline::Executor> executor_;
  std::unique_ptr<steps::AdHoc> ad_hoc_;
  std::unique_ptr<loop::Loop> loop_;
  std::unique_ptr<internal::AlarmSink> alarms_;
  std::atomic<bool> ready_ = false;
  std::atomic<bool> stopped_ = false;
  http::Router router_;
  std::unique_ptr<http::Server> server_;
};

base::Result<void> LocalNode::OpenStores() {
  database_ = TRY(
      store::Database::Open({.path = home_.database(), .durability = options_.settings.durability}, clock_, entropy_));
  blobs_ = TRY(blob::OpenLocalBlobStore(home_.blobs(), clock_));
  tracker_ = TRY(tracking::Tracker::Open(*database_));
  traces_ = TRY(tracing::Traces::Open(*database_));
  artifacts_ = TRY(artifacts::ArtifactStore::Open(*database_, *blobs_));
  uploads_ = TRY(artifacts::Multipart::Open({.folder = home_.work() / "parts"}, *artifacts_, clock_, entropy_));
  catalog_ = TRY(data::Catalog::Open(*database_, *blobs_));
  registry_ = TRY(registry::Registry::Open(*database_, *blobs_));
  audit_ = std::make_unique<govern::AuditTrail>(*database_);
  importer_ = TRY(transfer::Importer::Open(*database_, *tracker_, *registry_));
  collector_ = std::make_unique<govern::Collector>(
      govern::Collector::Deps{*database_, *blobs_, *artifacts_, *tracker_, clock_, log_});
  return base::Ok();
}

base::Result<void> LocalNode::OpenServing() {
  endpoints_ = std::make_unique<serve::Endpoints>(metrics_);
  prediction_log_ =
      TRY(monitor::PredictionLog::Open({.folder = home_.inference()}, {clock_, entropy_, metrics_, log_}));
  predictor_ = std::make_unique<serve::Predictor>(
      serve::Predictor::Limits{}, serve::Predictor::Deps{*endpoints_, *prediction_log_, clock_, entropy_});
  target_ = std::make_unique<targets::LocalTarget>(
      targets::LocalTarget::Options{.program = options_.program, .work_folder = home_.work() / "probes"},
      targets::LocalTarget::Deps{*registry_, *endpoints_, onnx_, children_, log_});
  labels_ = TRY(monitor::Labels::Open(*database_, *prediction_log_));
  monitor_ = TRY(monitor::Monitor::Open(
      {}, {*database_, *prediction_log_, *labels_, *registry_, *endpoints_, clock_, metrics_, log_}));
  releases_ = TRY(release::Releases::Open(
      {*database_, *registry_, *target_, *endpoints_, *prediction_log_, *labels_, clock_, metrics_, log_}));
  return base::Ok();
}

base::Result<void> LocalNode::ConnectRegistry() {
  const auto& settings = options_.settings;
  webhooks_ = TRY(webhooks::Webhooks::Open(
      {.schemes = settings.webhook_schemes, .private_addresses = settings.webhook_private_addresses},
      {*database_, clock_, entropy_, log_}));
  tree_ = std::make_unique<adopt::TreeOfArtifacts>(*artifacts_);
  origins_ = std::make_unique<adopt::TrackedOrigins>(*tracker_);
  bundler_ = std::make_unique<adopt::OnnxBundler>(
      adopt::OnnxBundler::Options{.work_folder = home_.work() / "adopt", .local_datasets = IsLoopback(settings.host)},
      adopt::OnnxBundler::Deps{*tree_, *origins_, *tracker_, *blobs_, onnx_, log_});
  version_users_ = std::make_unique<internal::EndpointUsers>(*releases_);
  registry_hooks_ = std::make_unique<internal::RegistryHooks>(*webhooks_);
  registry_->Connect({.artifacts = tree_.get(),
                      .origins = origins_.get(),
                      .bundler = bundler_.get(),
                      .users = version_users_.get(),
                      .changes = registry_hooks_.get()});
  return base::Ok();
}

base::Result<void> LocalNode::OpenPipelines() {
  trials_ = std::make_unique<steps::TrialTracker>(*tracker_, clock_, log_);
  runner_ = std::make_unique<steps::Runner>(
      steps::Runner::Options{.program = options_.program},
      steps::Runner::Deps{*blobs_, *catalog_, *registry_, *labels_, *releases_, *trials_, children_, log_});
  projects_ = TRY(pipeline::Projects::Open(*database_, *blobs_, *runner_));
  executor_ =
      TRY(pipeline::Executor::Open({.work_folder = home_.work() / "steps", .workers = options_.settings.step_workers},
                                   {*database_, *blobs_, *projects_, *runner_, clock_, entropy_, log_}));
  ad_hoc_ = std::make_unique<steps::AdHoc>(*blobs_, *projects_, *executor_);
  loop_ = TRY(loop::Loop::Open({*database_, *executor_, *projects_, *monitor_, *prediction_log_, *labels_, *releases_,
                                *registry_, clock_, metrics_, log_}));
  alarms_ = std::make_unique<internal::AlarmSink>(*monitor_, *loop_, log_);
  return base::Ok();
}

void LocalNode::AddRoutes() {
  api::v1::AddRoutes(router_, {.blobs = *blobs_,
                               .catalog = *catalog_,
                               .tracker = *tracker_,
                               .registry = *registry_,
                               .projects = *projects_,
                               .executor = *executor_,
                               .ad_hoc = *ad_hoc_,
                               .endpoints = *endpoints_,
                               .predictor = *predictor_,
                               .releases = *releases_,
                               .monitor = *monitor_,
                               .labels = *labels_,
                               .log = *prediction_log_,
                               .loop = *loop_,
                               .audit = *audit_,
                               .importer = *importer_,
                               .collector = *collector_,
                               .webhooks = *webhooks_,
                               .onnx = onnx_,
                               .metrics = metrics_,
                               .clock = clock_,
                               .version = std::string(steps::ProgramVersion()),
                               .max_upload_bytes = options_.settings.max_upload_bytes,
                               .work_folder = home_.work() / "downloads",
                               .ready = [this] { return ready_.load(); }});
  api::mlflow::AddRoutes(router_, {.tracker = *tracker_});
  api::mlflow::AddArtifactRoutes(router_, {.tracker = *tracker_,
                                           .registry = *registry_,
                                           .artifacts = *artifacts_,
                                           .uploads = *uploads_,
                                           .signer = signer_,
                                           .max_upload_bytes = options_.settings.max_upload_bytes});
  api::mlflow::AddRegistryRoutes(router_, {.registry = *registry_, .webhooks = *webhooks_});
  api::mlflow::AddTraceRoutes(router_, {.traces = *traces_, .tracker = *tracker_});
  ui::AddRoutes(router_);
}

base::Result<void> LocalNode::StartThreads() {
  TRY(releases_->Restore());
  executor_->AddListener(run_metrics_);
  executor_->AddListener(*trials_);
  executor_->AddListener(*loop_);
  releases_->SetListener(loop_.get());
  monitor_->SetSink(alarms_.get());
  TRY(monitor_->Start());
  releases_->Start();
  webhooks_->Start();
  TRY(loop_->Start());
  return executor_->Resume();
}

base::Result<void> LocalNode::Wire() {
  TRY(base::MakeFolders(home_.work()));
  TRY(OpenStores());
  TRY(OpenServing());
  TRY(ConnectRegistry());
  TRY(OpenPipelines());
  AddRoutes();
  TRY(StartThreads());
  ready_ = true;
  return base::Ok();
}

base::Result<std::string> LocalNode::Listen() {
  const auto& settings = options_.settings;
  TRY(CheckExposure(settings));
  http::ServerOptions options{.host = settings.host, .port = settings.port, .io_threads = settings.io_threads};
  options.spool_folder = home_.work() / "uploads";
  TRY(base::MakeFolders(options.spool_folder));
  server_ = TRY(http::Server::Start(options, {router_, clock_, entropy_, metrics_, log_}));
  const bool bare_v6 = settings.host.find(':') != std::string::npos;
  auto url = fmt::format("http://{}:{}", bare_v6 ? "[" + settings.host + "]" : settings.host, server_->port());
  TRY(home_.Announce(url));
  log_.Info("server_started", {{"url", url}, {"home", home_.folder().string()}, {"version", steps::ProgramVersion()}});
  return url;
}

void LocalNode::Stop() {
  if (stopped_.exchange(true)) return;
  ready_ = false;
  if (server_) server_->Stop(std::chrono::seconds(options_.settings.drain_seconds));
  if (collector_) collector_->Stop();
  if (target_) target_->Stop();
  if (loop_) loop_->Stop();
  if (executor_) executor_->Stop();
  if (alarms_) alarms_->Stop();
  if (releases_) releases_->Stop();
  if (monitor_) monitor_->Stop();
  if (prediction_log_) prediction_log_->Stop();
  if (webhooks_) webhooks_->Stop();
  if (database_) database_->Stop();
  log_.Info("server_stopped");
}

}  // namespace

base::Result<std::unique_ptr<Node>> Node::Open(Home home, const Options& options) {
  auto node = std::make_unique<LocalNode>(std::move(home), options);
  TRY(node->Wire());
  return std::unique_ptr<Node>(std::move(node));
}

}  // namespace gyre::server
