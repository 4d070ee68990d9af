#pragma once

#include <filesystem>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "base/file.h"
#include "blob/blob_store.h"
#include "data/catalog.h"
#include "pipeline/executor.h"
#include "release/testing/release_home.h"
#include "steps/ad_hoc.h"
#include "steps/runner.h"
#include "steps/trial_tracker.h"
#include "tracking/tracker.h"

namespace gyre::steps::testing {

/// Steps over real modules in temporary folders, run in real children of the test program. Only models in service are
/// made up (release::testing).
class StepsHome {
 public:
  explicit StepsHome(std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe")) {
    blobs_ = blob::OpenLocalBlobStore(folder_.path() / "blobs").value();
    catalog_ = data::Catalog::Open(home_.database(), *blobs_).value();
    tracker_ = tracking::Tracker::Open(home_.database()).value();
    trials_ = std::make_unique<TrialTracker>(*tracker_, home_.clock(), log_);
    runner_ = std::make_unique<Runner>(
        Runner::Options{.program = std::move(program), .threads = 1},
        Runner::Deps{*blobs_, *catalog_, home_.registry(), home_.labels(), *home_, *trials_, children_, log_});
    projects_ = pipeline::Projects::Open(home_.database(), *blobs_, *runner_).value();
    executor_ =
        pipeline::Executor::Open({.work_folder = folder_.path() / "work"},
                                 {home_.database(), *blobs_, *projects_, *runner_, home_.clock(), entropy_, log_})
            .value();
    executor_->AddListener(*trials_);
    ad_hoc_ = std::make_unique<AdHoc>(*blobs_, *projects_, *executor_);
  }
  ~StepsHome() { executor_->Stop(); }

  std::filesystem::path In(std::string_view name) const { return folder_.path() / name; }
  blob::BlobStore& blobs() { return *blobs_; }
  data::Catalog& catalog() { return *catalog_; }
  tracking::Tracker& tracker() { return *tracker_; }
  Runner& runner() { return *runner_; }
  pipeline::Executor& executor() { return *executor_; }
  AdHoc& ad_hoc() { return *ad_hoc_; }
  release::testing::ReleaseHome& releases() { return home_; }

  base::Digest Put(std::string_view bytes) { return blobs_->Put(bytes).value().digest; }

  /// Saves a project of one pipeline "p" (its YAML, indented by four) and runs it to its end.
  base::Result<pipeline::RunRecord> Run(const std::string& pipeline, std::map<std::string, std::string> files = {},
                                        const base::Json& params = base::Json::object()) {
    const auto snapshot = Save(pipeline, std::move(files));
    if (!snapshot) return snapshot.error();
    return Finish(executor_->Start(
        {.snapshot = snapshot->id, .pipeline = pipeline::PipelineName("p"), .params = params, .until = ""}));
  }
  base::Result<pipeline::Snapshot> Save(const std::string& pipeline, std::map<std::string, std::string> files = {}) {
    files["gyre.yaml"] = "project: t\npipelines:\n  p:\n" + pipeline;
    std::map<std::string, base::Digest> digests;
    for (const auto& [path, bytes] : files) digests[path] = Put(bytes);
    return projects_->Save(digests, "ann");
  }
  base::Result<pipeline::RunRecord> Finish(const base::Result<pipeline::RunRecord>& started) {
    if (!started) return started;
    return executor_->Wait(started->id, std::chrono::seconds(30));
  }
  /// The tracked run of a pipeline run, which ends a moment after it.
  tracking::Run Tracked(const pipeline::RunRecord& run) {
    for (int i = 0; i < 2000; ++i) {
      const auto tracked = tracker_->GetRun(tracking::RunId(run.id.value()));
      if (tracked && tracked->status != tracking::RunStatus::kRunning) return *tracked;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ADD_FAILURE() << "the tracked run did not end";
    return {};
  }

 private:
  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-steps-test").value();
  base::Logger log_{{.level = base::LogLevel::kOff}};
  base::testing::SeededEntropy entropy_{5};
  release::testing::ReleaseHome home_;
  std::unique_ptr<blob::BlobStore> blobs_;
  std::unique_ptr<data::Catalog> catalog_;
  std::unique_ptr<tracking::Tracker> tracker_;
  std::unique_ptr<TrialTracker> trials_;
  proc::ChildRunner children_;
  std::unique_ptr<Runner> runner_;
  std::unique_ptr<pipeline::Projects> projects_;
  std::unique_ptr<pipeline::Executor> executor_;
  std::unique_ptr<AdHoc> ad_hoc_;
};

}  // namespace gyre::steps::testing
