#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "artifacts/artifact_store.h"
#include "base/file.h"
#include "base/testing/manual_clock.h"
#include "base/testing/seeded_entropy.h"
#include "blob/blob_store.h"
#include "http/client.h"
#include "http/router.h"
#include "registry/registry.h"
#include "store/database.h"
#include "tracking/tracker.h"
#include "transfer/importer.h"
#include "transfer/records.h"

namespace gyre::transfer::testing {

/// The modules that an import writes to, on real files in a temporary folder, and the routes that reach them.
class Here final : public registry::Origins {
 public:
  Here() {
    registry_->Connect(
        {.artifacts = nullptr, .origins = this, .bundler = nullptr, .users = nullptr, .changes = nullptr});
    AddPost("/api/v1/import/mlflow", [this](const base::Json& body) { return PutRecords(*importer_, body, "tester"); });
    AddPost("/api/v1/import/mlflow/known", [this](const base::Json& body) { return AskKnown(*importer_, body); });
    router_.Add({.method = http::Method::kPut,
                 .pattern = "/api/2.0/mlflow-artifacts/artifacts/{path...}",
                 .handler =
                     [this](const http::Request& request, http::Response& response) {
                       const auto put = artifacts_->Put(request.path_param("path"), request.body());
                       if (!put) response.SetError(put.error());
                     },
                 .max_body = 16 << 20});
  }

  tracking::Tracker& tracker() { return *tracker_; }
  registry::Registry& models() { return *registry_; }
  artifacts::ArtifactStore& files() { return *artifacts_; }
  Importer& importer() { return *importer_; }
  http::Client& client() { return client_; }

  /// The experiment of that name.
  tracking::Experiment Experiment(std::string_view name) { return tracker_->FindExperiment(name).value().value(); }
  /// The one run of that name, deleted or not.
  tracking::Run Run(std::string_view experiment, std::string_view name) {
    const auto found = tracker_->SearchRuns({.experiments = {Experiment(experiment).id.value()},
                                             .filter = "attributes.run_name = '" + std::string(name) + "'",
                                             .view = tracking::ViewType::kAll});
    return found.value().runs.at(0);
  }

  base::Result<std::optional<Origin>> FindRun(std::string_view id) override {
    const auto run = tracker_->GetRun(tracking::RunId(id));
    if (!run) return std::nullopt;
    return Origin{.artifact_uri = run->artifact_uri, .run_id = {}};
  }
  base::Result<std::optional<Origin>> FindLoggedModel(std::string_view id) override {
    const auto model = tracker_->GetLoggedModel(tracking::LoggedModelId(id));
    if (!model) return std::nullopt;
    Origin origin{.artifact_uri = model->artifact_uri, .run_id = {}};
    if (model->source_run) origin.run_id = model->source_run->value();
    return origin;
  }
  base::Result<void> NoteVersion(std::string_view, const registry::VersionRef&) override { return base::Ok(); }

 private:
  void AddPost(const char* pattern, std::function<base::Result<base::Json>(const base::Json&)> work) {
    router_.Add({.method = http::Method::kPost,
                 .pattern = pattern,
                 .handler =
                     [work](const http::Request& request, http::Response& response) {
                       const auto answer = work(base::ParseJson(request.body(), "the body").value());
                       if (answer) {
                         response.SetJson(200, *answer);
                       } else {
                         response.SetError(answer.error());
                       }
                     },
                 .max_body = 16 << 20});
  }

  base::TempFolder folder_ =
      base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-transfer-test").value();
  base::testing::ManualClock clock_{base::ParseTimestamp("2026-10-01").value()};
  base::testing::SeededEntropy entropy_{7};
  std::unique_ptr<store::Database> database_ =
      store::Database::Open({.path = folder_.path() / "meta.db"}, clock_, entropy_).value();
  std::unique_ptr<blob::BlobStore> blobs_ = blob::OpenLocalBlobStore(folder_.path() / "blobs").value();
  std::unique_ptr<tracking::Tracker> tracker_ = tracking::Tracker::Open(*database_).value();
  std::unique_ptr<artifacts::ArtifactStore> artifacts_ = artifacts::ArtifactStore::Open(*database_, *blobs_).value();
  std::unique_ptr<registry::Registry> registry_ = registry::Registry::Open(*database_, *blobs_).value();
  std::unique_ptr<Importer> importer_ = Importer::Open(*database_, *tracker_, *registry_).value();
  http::Router router_;
  http::LocalClient client_{router_};
};

}  // namespace gyre::transfer::testing
