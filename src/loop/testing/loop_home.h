#pragma once

#include <atomic>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "blob/blob_store.h"
#include "loop/loop.h"
#include "pipeline/executor.h"
#include "pipeline/testing/scripted_runner.h"
#include "release/testing/release_home.h"

namespace gyre::loop::testing {

/// A monitor that only remembers the alarms it is given.
class FakeMonitor final : public monitor::Monitor {
 public:
  std::vector<monitor::Alarm> alarms;  ///< newest first

  void SetSink(monitor::ActionSink*) override {}
  base::Result<void> Start() override { return base::Ok(); }
  base::Result<void> Configure(const serve::EndpointName&, const monitor::MonitorConfig&, std::string_view) override {
    return base::Ok();
  }
  base::Result<monitor::MonitorConfig> ConfigOf(const serve::EndpointName&) override {
    return monitor::MonitorConfig();
  }
  base::Result<void> EvaluateDue(const serve::EndpointName&) override { return base::Ok(); }
  base::Result<void> Forget(const serve::EndpointName&, std::string_view) override { return base::Ok(); }
  base::Result<std::vector<monitor::WindowReport>> Windows(const serve::EndpointName&, int64_t) override {
    return std::vector<monitor::WindowReport>();
  }
  base::Result<monitor::WindowReport> Window(const std::string& id) override { return base::NotFound("no window", id); }
  base::Result<std::vector<monitor::Alarm>> Alarms(const serve::EndpointName&, int64_t) override { return alarms; }
  base::Result<monitor::Alarm> GetAlarm(const std::string& id) override { return base::NotFound("no alarm", id); }
  void Stop() override {}
};

/// The loop over real releases, a real registry and a real executor. Of the pipeline "rain", step "train" is a lambda
/// and step "register" makes a version of `bundle`.
class LoopHome {
 public:
  static constexpr std::string_view kProject = R"(
project: weather
pipelines:
  rain:
    params: {champion: "", until: ""}
    steps:
      - {name: train, uses: train, with: {text: "${params.champion} ${params.until}"}}
      - {name: register, uses: register, inputs: {model: train.data}}
      - {name: deploy, uses: emit, after: [register]}
)";

  LoopHome() {
    Open();
    std::map<std::string, base::Digest> files = {{"gyre.yaml", blobs_->Put(kProject).value().digest}};
    EXPECT_TRUE(projects_->Save(files, "local"));
  }
  ~LoopHome() { Close(); }

  /// As a crash and a restart; `Start` goes on.
  void Reopen() {
    Close();
    home_.Reopen();
    Open();
  }
  void Start() {
    EXPECT_TRUE(home_->Restore());
    home_->Start();
    EXPECT_TRUE(executor_->Resume());
    EXPECT_TRUE(loop_->Start());
  }

  Loop& operator*() { return *loop_; }
  Loop* operator->() { return loop_.get(); }
  release::testing::ReleaseHome& releases() { return home_; }
  pipeline::Executor& executor() { return *executor_; }
  FakeMonitor& monitor() { return monitor_; }

  /// What the next runs do; the default leaves the parameters as text.
  std::function<base::Result<pipeline::StepOutcome>(const pipeline::StepContext&)> train;
  std::atomic<int> seed = 10;  ///< of the bundle that is registered

  std::vector<pipeline::RunRecord> Runs() { return executor_->List(pipeline::PipelineName("rain"), 100).value(); }
  std::vector<std::string> Audit() { return home_.Audit(); }

  /// Returns once `done` holds; fails the test after ten seconds.
  template <class Done>
  void Await(const Done& done) {
    for (int i = 0; i < 2000; ++i) {
      if (done()) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ADD_FAILURE() << "it did not happen";
  }
  Cycle AwaitState(const std::string& id, CycleState state) {
    Cycle cycle;
    Await([&] {
      cycle = loop_->GetCycle(id).value();
      return cycle.state == state || HasEnded(cycle.state);
    });
    EXPECT_EQ(CycleStateName(cycle.state), CycleStateName(state)) << cycle.outcome;
    return cycle;
  }

 private:
  void Open() {
    blobs_ = blob::OpenLocalBlobStore(folder_.path() / "blobs").value();
    runner_ = std::make_unique<pipeline::testing::ScriptedRunner>(*blobs_);
    runner_->scripts["train"] = [this](const pipeline::StepContext& context) {
      return train ? train(context) : runner_->Leave(context.with.value("text", ""));
    };
    runner_->scripts["register"] = [this](const pipeline::StepContext& context) { return Register(context); };
    projects_ = pipeline::Projects::Open(home_.database(), *blobs_, *runner_).value();
    executor_ = pipeline::Executor::Open(
                    {.work_folder = folder_.path() / "work"},
                    {home_.database(), *blobs_, *projects_, *runner_, home_.clock(), entropy_, home_.log().logger()})
                    .value();
    loop_ = Loop::Open({.tick = std::chrono::milliseconds(5)},
                       {home_.database(), *executor_, *projects_, monitor_, *home_.log(), home_.labels(), *home_,
                        home_.registry(), home_.clock(), home_.metrics(), home_.log().logger()})
                .value();
    executor_->AddListener(*loop_);
    home_->SetListener(loop_.get());
  }
  void Close() {
    loop_->Stop();
    home_->Stop();
    executor_->Stop();
    home_->SetListener(nullptr);
    loop_.reset();
    executor_.reset();
    projects_.reset();
    runner_.reset();
    blobs_.reset();
  }
  base::Result<pipeline::StepOutcome> Register(const pipeline::StepContext& context) {
    const auto version =
        TRY(home_.registry().Register(registry::ModelName("rain"), registry::testing::SmallBundle(seed),
                                      {.actor = "pipeline", .pipeline_run = context.run_id}));
    pipeline::StepOutcome outcome;
    outcome.outputs["version"] = {
        .kind = pipeline::ArtifactKind::kValue, .files = {}, .facts = {{"ref", version.ref.ToString()}}};
    return outcome;
  }

  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-loop-test").value();
  release::testing::ReleaseHome home_;
  base::testing::SeededEntropy entropy_{5};
  FakeMonitor monitor_;
  std::unique_ptr<blob::BlobStore> blobs_;
  std::unique_ptr<pipeline::testing::ScriptedRunner> runner_;
  std::unique_ptr<pipeline::Projects> projects_;
  std::unique_ptr<pipeline::Executor> executor_;
  std::unique_ptr<Loop> loop_;
};

}  // namespace gyre::loop::testing
