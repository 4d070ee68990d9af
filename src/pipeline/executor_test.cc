#include "pipeline/executor.h"

#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/testing/seeded_entropy.h"
#include "pipeline/testing/scripted_runner.h"

namespace gyre::pipeline {
namespace {

using testing::ScriptedRunner;

constexpr std::string_view kDiamond = R"(
project: weather
pipelines:
  rain:
    params: {word: x}
    steps:
      - {name: a, uses: emit, with: {text: "${params.word}"}}
      - {name: b, uses: join, inputs: {in: a.data}, with: {text: b}}
      - {name: c, uses: join, inputs: {in: a.data}, with: {text: c}}
      - {name: d, uses: join, inputs: {left: b.data, right: c.data}, after: [c]}
)";

/// Passes everything on, except while it is told to fail.
class FailingDatabase final : public store::Database {
 public:
  explicit FailingDatabase(std::unique_ptr<store::Database> real) : real_(std::move(real)) {}
  base::Result<void> Migrate(std::span<const store::Migration> migrations) override {
    return real_->Migrate(migrations);
  }
  base::Result<void> RunWrite(const std::function<base::Result<void>(store::Transaction&)>& work) override {
    if (failing_writes == 0) return real_->RunWrite(work);
    --failing_writes;
    return base::Error(error, "the disk is full");
  }
  base::Result<void> RunRead(const std::function<base::Result<void>(store::Reader&)>& work) override {
    return real_->RunRead(work);
  }
  void Stop() override { real_->Stop(); }

  std::atomic<int> failing_writes = 0;
  std::atomic<base::ErrorCode> error = base::ErrorCode::kIo;

 private:
  std::unique_ptr<store::Database> real_;
};

class ExecutorTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }
  void TearDown() override { Close(); }

  void Open() {
    database_ = std::make_unique<FailingDatabase>(
        store::Database::Open({.path = folder_.path() / "meta.db"}, clock_, entropy_).value());
    blobs_ = blob::OpenLocalBlobStore(folder_.path() / "blobs").value();
    runner_ = std::make_unique<ScriptedRunner>(*blobs_);
    projects_ = Projects::Open(*database_, *blobs_, *runner_).value();
    executor_ = Executor::Open({.work_folder = folder_.path() / "work"},
                               {*database_, *blobs_, *projects_, *runner_, clock_, entropy_, log_})
                    .value();
  }
  void Close() {
    executor_.reset();
    projects_.reset();
    runner_.reset();
    blobs_.reset();
    database_.reset();
  }

  base::Result<Snapshot> Save(std::string_view yaml, const std::map<std::string, std::string>& files = {}) {
    std::map<std::string, base::Digest> digests = {{"gyre.yaml", blobs_->Put(yaml).value().digest}};
    for (const auto& [path, bytes] : files) digests.emplace(path, blobs_->Put(bytes).value().digest);
    return projects_->Save(digests, "local");
  }
  RunRecord RunToEnd(RunRequest request) {
    const auto started = executor_->Start(request);
    EXPECT_TRUE(started) << started.error().ToString();
    return executor_->Wait(started->id, std::chrono::seconds(20)).value();
  }
  RunRecord RunToEnd(std::string_view yaml, base::Json params = nullptr) {
    const auto snapshot = Save(yaml);
    EXPECT_TRUE(snapshot) << snapshot.error().ToString();
    return RunToEnd({.snapshot = snapshot->id, .pipeline = PipelineName("rain"), .params = std::move(params)});
  }
  std::string Text(const RunRecord& run, std::string_view step) {
    return blobs_->Get(run.Find(step)->outputs.at("data").files.at("data").digest, 100).value();
  }
  std::string States(const RunRecord& run) {
    std::string states;
    for (const auto& step : run.steps)
      states += fmt::format("{}:{}{} ", step.name, StateName(step.state), step.cached ? "*" : "");
    return states + std::string(StateName(run.state));
  }

  base::TempFolder folder_ =
      base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-pipeline-test").value();
  base::SystemClock clock_;
  base::testing::SeededEntropy entropy_{3};
  base::Logger log_{{.level = base::LogLevel::kOff}};
  std::unique_ptr<FailingDatabase> database_;
  std::unique_ptr<blob::BlobStore> blobs_;
  std::unique_ptr<ScriptedRunner> runner_;
  std::unique_ptr<Projects> projects_;
  std::unique_ptr<Executor> executor_;
};

TEST_F(ExecutorTest, RunsTheStepsInOrderAndHandsOutputsOn) {
  const auto run = RunToEnd(kDiamond);
  EXPECT_EQ(States(run), "a:succeeded b:succeeded c:succeeded d:succeeded succeeded");
  EXPECT_EQ(Text(run, "d"), "bxcx");
  EXPECT_EQ(run.Find("d")->figures, base::Json({{"bytes", 4}}));
  EXPECT_EQ(executor_->Get(run.id).value().ToJson(), run.ToJson());
}

TEST_F(ExecutorTest, ASecondRunIsAnsweredFromTheCacheEvenAfterAReopen) {
  const auto first = RunToEnd(kDiamond);
  Close();
  Open();
  const auto second = RunToEnd(kDiamond);
  EXPECT_EQ(States(second), "a:succeeded* b:succeeded* c:succeeded* d:succeeded* succeeded");
  EXPECT_EQ(second.Find("d")->cached_from, first.id.value());
  EXPECT_EQ(runner_->executions("a"), 0);
}

TEST_F(ExecutorTest, AChangeRunsExactlyWhatDescendsFromItAndSaysWhatChanged) {
  RunToEnd(kDiamond);
  std::string changed(kDiamond);
  changed.replace(changed.find("text: b"), 7, "text: B");
  const auto run = RunToEnd(changed);
  EXPECT_EQ(States(run), "a:succeeded* b:succeeded c:succeeded* d:succeeded succeeded");
  EXPECT_EQ(run.Find("b")->changed, std::vector<std::string>{"with.text"});
  EXPECT_EQ(run.Find("d")->changed, std::vector<std::string>{"inputs.left"});
}

TEST_F(ExecutorTest, AStepThatLeavesTheSameBytesStopsTheChange) {
  RunToEnd(kDiamond);
  runner_->revisions["emit"] = "2";
  EXPECT_EQ(States(RunToEnd(kDiamond)), "a:succeeded b:succeeded* c:succeeded* d:succeeded* succeeded");
}

TEST_F(ExecutorTest, FilesParametersAndExternalsAreInTheKey) {
  constexpr std::string_view kYaml =
      "{project: p, pipelines: {rain: {params: {word: x}, steps: [{name: a, uses: emit, with: {file: f.csv, text: "
      "'${params.word}'}}]}}}";
  const auto run_with = [&](const char* bytes, const char* word) {
    const auto snapshot = Save(kYaml, {{"f.csv", bytes}}).value();
    return States(RunToEnd({.snapshot = snapshot.id, .pipeline = PipelineName("rain"), .params = {{"word", word}}}));
  };
  EXPECT_EQ(run_with("1", "x"), "a:succeeded succeeded");
  EXPECT_EQ(run_with("1", "x"), "a:succeeded* succeeded");
  EXPECT_EQ(run_with("2", "x"), "a:succeeded succeeded");
  EXPECT_EQ(run_with("2", "y"), "a:succeeded succeeded");
  runner_->externals = {{"champion", "rain/2"}};
  EXPECT_EQ(run_with("2", "y"), "a:succeeded succeeded");
}

TEST_F(ExecutorTest, AnEffectIsCachedWhileItStandsAndDoneAgainOnceUndone) {
  constexpr std::string_view kYaml = "{project: p, pipelines: {rain: {steps: [{name: deploy, uses: deploy}]}}}";
  runner_->effects = {"deploy"};
  runner_->externals = {{"deployed", false}};
  runner_->scripts["deploy"] = [this](const StepContext&) {
    runner_->externals = {{"deployed", true}};
    return runner_->Leave("done");
  };
  EXPECT_EQ(States(RunToEnd(kYaml)), "deploy:succeeded succeeded");
  EXPECT_EQ(States(RunToEnd(kYaml)), "deploy:succeeded* succeeded");
  runner_->externals = {{"deployed", false}};
  EXPECT_EQ(States(RunToEnd(kYaml)), "deploy:succeeded succeeded");
}

TEST_F(ExecutorTest, AFailedGateKeepsItsReportAndSkipsWhatComesAfter) {
  runner_->scripts["gate"] = [this](const StepContext&) -> base::Result<StepOutcome> {
    auto outcome = TRY(runner_->Leave("report"));
    outcome.failure = base::Unprocessable("3 rows are out of range", "humid");
    return outcome;
  };
  constexpr std::string_view kYaml = R"({project: p, pipelines: {rain: {steps: [
    {name: gate, uses: gate}, {name: behind, uses: emit, after: [gate]}, {name: beside, uses: emit}]}}})";
  for (int i = 0; i < 2; ++i) {
    const auto run = RunToEnd(kYaml);
    EXPECT_EQ(States(run), i == 0 ? "gate:failed behind:skipped beside:succeeded failed"
                                  : "gate:failed behind:skipped beside:succeeded* failed");
    EXPECT_EQ(run.error->message(), "step 'gate': 3 rows are out of range");
    EXPECT_EQ(run.error->name(), "humid");
    EXPECT_EQ(Text(run, "gate"), "report");
  }
  EXPECT_EQ(runner_->executions("gate"), 2);
}

TEST_F(ExecutorTest, ABrokenStepFailsTheRunWithItsName) {
  runner_->scripts["emit"] = [](const StepContext&) -> base::Result<StepOutcome> { return base::Internal("it broke"); };
  const auto run = RunToEnd(kDiamond);
  EXPECT_EQ(States(run), "a:failed b:skipped c:skipped d:skipped failed");
  EXPECT_EQ(run.error->message(), "step 'a': it broke");
}

TEST_F(ExecutorTest, UntilRunsAStepAndWhatItStandsOn) {
  const auto snapshot = Save(kDiamond).value();
  const auto run = RunToEnd({.snapshot = snapshot.id, .pipeline = PipelineName("rain"), .until = "b"});
  EXPECT_EQ(States(run), "a:succeeded b:succeeded c:skipped d:skipped succeeded");
}

TEST_F(ExecutorTest, UnknownParametersStepsAndPipelinesAreRefusedBeforeAnythingRuns) {
  const auto snapshot = Save(kDiamond).value();
  EXPECT_EQ(executor_->Start({.snapshot = snapshot.id, .pipeline = PipelineName("rain"), .params = {{"words", 1}}})
                .error()
                .name(),
            "words");
  EXPECT_EQ(executor_->Start({.snapshot = snapshot.id, .pipeline = PipelineName("rain"), .until = "z"}).error().name(),
            "until");
  EXPECT_EQ(executor_->Start({.snapshot = snapshot.id, .pipeline = PipelineName("snow")}).error().code(),
            base::ErrorCode::kNotFound);
  EXPECT_EQ(executor_->Start({.snapshot = SnapshotId("00"), .pipeline = PipelineName("rain")}).error().code(),
            base::ErrorCode::kNotFound);
  EXPECT_TRUE(executor_->List(PipelineName(""), 10).value().empty());
}

TEST_F(ExecutorTest, ForceRunsEverythingAgain) {
  RunToEnd(kDiamond);
  const auto snapshot = Save(kDiamond).value();
  const auto run = RunToEnd({.snapshot = snapshot.id, .pipeline = PipelineName("rain"), .force = true});
  EXPECT_EQ(States(run), "a:succeeded b:succeeded c:succeeded d:succeeded succeeded");
}

TEST_F(ExecutorTest, AMissingBlobIsNotACacheHit) {
  const auto first = RunToEnd(kDiamond);
  const auto hex = first.Find("a")->outputs.at("data").files.at("data").digest.ToHex();
  std::filesystem::remove(folder_.path() / "blobs" / "sha256" / hex.substr(0, 2) / hex);
  EXPECT_EQ(States(RunToEnd(kDiamond)), "a:succeeded b:succeeded* c:succeeded* d:succeeded* succeeded");
}

TEST_F(ExecutorTest, CancelStopsTheRunningStepAndSkipsTheRest) {
  std::promise<void> started;
  runner_->scripts["emit"] = [&](const StepContext& context) -> base::Result<StepOutcome> {
    started.set_value();
    while (context.cancel.Check()) std::this_thread::yield();
    return context.cancel.Check().error();
  };
  const auto snapshot = Save(kDiamond).value();
  const auto run = executor_->Start({.snapshot = snapshot.id, .pipeline = PipelineName("rain")}).value();
  started.get_future().wait();
  ASSERT_TRUE(executor_->Cancel(run.id));
  const auto ended = executor_->Wait(run.id, std::chrono::seconds(20)).value();
  EXPECT_EQ(States(ended), "a:cancelled b:skipped c:skipped d:skipped cancelled");
  EXPECT_EQ(executor_->Cancel(run.id).error().code(), base::ErrorCode::kFailedPrecondition);
}

TEST_F(ExecutorTest, WhatAStopInterruptsGoesOnAfterTheNextStart) {
  std::promise<void> started;
  runner_->scripts["join"] =
      [&, once = std::make_shared<std::once_flag>()](const StepContext& context) -> base::Result<StepOutcome> {
    std::call_once(*once, [&] { started.set_value(); });
    while (context.cancel.Check()) std::this_thread::yield();
    return context.cancel.Check().error();
  };
  const auto snapshot = Save(kDiamond).value();
  const auto run = executor_->Start({.snapshot = snapshot.id, .pipeline = PipelineName("rain")}).value();
  started.get_future().wait();
  Close();
  Open();
  EXPECT_EQ(executor_->Get(run.id).value().state, State::kRunning);
  ASSERT_TRUE(executor_->Resume());
  const auto ended = executor_->Wait(run.id, std::chrono::seconds(20)).value();
  EXPECT_EQ(States(ended), "a:succeeded b:succeeded c:succeeded d:succeeded succeeded");
  EXPECT_EQ(runner_->executions("a"), 0);
}

TEST_F(ExecutorTest, AFullDiskIsWaitedForAndNoStepRunsTwice) {
  runner_->scripts["emit"] = [this](const StepContext&) {
    database_->failing_writes = 2;
    return runner_->Leave("x");
  };
  const auto run = RunToEnd(kDiamond);
  EXPECT_EQ(States(run), "a:succeeded b:succeeded c:succeeded d:succeeded succeeded");
  EXPECT_EQ(runner_->executions("a"), 1);
  EXPECT_EQ(database_->failing_writes, 0);
}

TEST_F(ExecutorTest, ARunThatWaitsForTheDiskIsStoppedAndGoesOnAfterTheNextStart) {
  std::promise<void> done;
  runner_->scripts["emit"] = [&](const StepContext&) {
    database_->failing_writes = 1 << 20;
    done.set_value();
    return runner_->Leave("x");
  };
  const auto snapshot = Save(kDiamond).value();
  const auto run = executor_->Start({.snapshot = snapshot.id, .pipeline = PipelineName("rain")}).value();
  done.get_future().wait();
  Close();
  Open();
  ASSERT_TRUE(executor_->Resume());
  EXPECT_EQ(executor_->Wait(run.id, std::chrono::seconds(20)).value().state, State::kSucceeded);
}

TEST_F(ExecutorTest, MetadataThatCannotBeWrittenAtAllFailTheRunWithTheReason) {
  runner_->scripts["emit"] = [this](const StepContext&) {
    database_->error = base::ErrorCode::kCorrupt;
    database_->failing_writes = 1;
    return runner_->Leave("x");
  };
  const auto run = RunToEnd(kDiamond);
  EXPECT_EQ(States(run), "a:succeeded b:skipped c:skipped d:skipped failed");
  EXPECT_EQ(run.error->message(), "the disk is full");
  EXPECT_EQ(executor_->Get(run.id).value().ToJson(), run.ToJson());
}

TEST_F(ExecutorTest, ARunThatCannotGoOnFailsWithTheReasonAndTheOthersGoOn) {
  runner_->scripts["join"] = [](const StepContext& context) -> base::Result<StepOutcome> {
    while (context.cancel.Check()) std::this_thread::yield();
    return context.cancel.Check().error();
  };
  const auto snapshot = Save(kDiamond).value();
  const auto good = executor_->Start({.snapshot = snapshot.id, .pipeline = PipelineName("rain")}).value();
  const auto bad = executor_->Start({.snapshot = snapshot.id, .pipeline = PipelineName("rain")}).value();
  Close();
  Open();
  ASSERT_TRUE(database_->Write([&](store::Transaction& transaction) {
    return transaction.Execute("UPDATE pipeline_runs SET pipeline = 'gone' WHERE id = ?1", bad.id.value());
  }));
  ASSERT_TRUE(executor_->Resume());
  EXPECT_EQ(executor_->Wait(good.id, std::chrono::seconds(20)).value().state, State::kSucceeded);
  const auto failed = executor_->Get(bad.id).value();
  EXPECT_EQ(failed.state, State::kFailed);
  EXPECT_THAT(failed.error->message(), ::testing::HasSubstr("cannot go on after a restart: "));
  EXPECT_TRUE(failed.finished_at);
}

TEST_F(ExecutorTest, ManyRunsAtOnceAllEnd) {
  const auto snapshot = Save(kDiamond).value();
  std::vector<PipelineRunId> ids;
  for (int i = 0; i < 60; ++i) {
    ids.push_back(executor_
                      ->Start({.snapshot = snapshot.id,
                               .pipeline = PipelineName("rain"),
                               .params = {{"word", std::to_string(i % 7)}}})
                      .value()
                      .id);
  }
  for (const auto& id : ids) EXPECT_EQ(executor_->Wait(id, std::chrono::seconds(30)).value().state, State::kSucceeded);
  EXPECT_EQ(executor_->List(PipelineName("rain"), 100).value().size(), 60u);
}

TEST_F(ExecutorTest, ListenersHearOfTheEnd) {
  struct Ears final : RunListener {
    std::promise<State> heard;
    std::atomic<int> started = 0;
    void OnRunStarted(const RunRecord&) override { ++started; }
    void OnRunFinished(const RunRecord& run) override { heard.set_value(run.state); }
  } ears;
  executor_->AddListener(ears);
  RunToEnd(kDiamond);
  EXPECT_EQ(ears.started, 1);
  EXPECT_EQ(ears.heard.get_future().get(), State::kSucceeded);
}

TEST_F(ExecutorTest, AnEndIsToldBeforeItIsDurableAndAgainUntilItIs) {
  struct Keeper final : RunListener {
    std::vector<State> kept;
    int full = 0;
    std::function<void()> on_ending = [] {};
    void OnRunStarted(const RunRecord&) override {}
    void OnRunFinished(const RunRecord&) override {}
    base::Result<void> OnRunEnding(const RunRecord& run) override {
      on_ending();
      kept.push_back(run.state);
      if (full-- > 0) return base::Error(base::ErrorCode::kIo, "the disk is full");
      return base::Ok();
    }
  } keeper;
  executor_->AddListener(keeper);
  keeper.full = 2;
  EXPECT_EQ(RunToEnd(kDiamond).state, State::kSucceeded);
  EXPECT_EQ(keeper.kept, std::vector<State>(3, State::kSucceeded));

  // As if killed between the two.
  std::promise<void> told;
  keeper.on_ending = [&] {
    database_->failing_writes = 1 << 20;
    told.set_value();
  };
  const auto snapshot = Save(kDiamond).value();
  const auto run = executor_->Start({.snapshot = snapshot.id, .pipeline = PipelineName("rain")}).value();
  told.get_future().wait();
  Close();
  keeper.on_ending = [] {};
  Open();
  executor_->AddListener(keeper);
  ASSERT_TRUE(executor_->Resume());
  EXPECT_EQ(executor_->Wait(run.id, std::chrono::seconds(20)).value().state, State::kSucceeded);
  EXPECT_EQ(keeper.kept, std::vector<State>(5, State::kSucceeded));
  Close();  // Wait returns before the last listener is told, and the keeper goes now
}

TEST_F(ExecutorTest, ProjectsAreCheckedWhole) {
  EXPECT_EQ(Save("{project: p, pipelines: {rain: {steps: [{name: a, uses: nothing}]}}}").error().name(), "nothing");
  EXPECT_EQ(
      Save("{project: p, pipelines: {rain: {steps: [{name: a, uses: emit, with: {file: gone.csv}}]}}}").error().name(),
      "gone.csv");
  EXPECT_FALSE(Save("{pipelines: {}}"));
  EXPECT_FALSE(Save("project: [p]"));
  EXPECT_FALSE(Save("project: p", {{"../etc/passwd", "x"}}));
  EXPECT_TRUE(projects_->List().value().empty());
}

TEST_F(ExecutorTest, TheSameFilesAreTheSameSnapshot) {
  const auto first = Save(kDiamond).value();
  EXPECT_EQ(Save(kDiamond).value().id, first.id);
  EXPECT_EQ(projects_->Newest(ProjectName("weather")).value().id, first.id);
  EXPECT_EQ(projects_->Newest(ProjectName("nope")).error().code(), base::ErrorCode::kNotFound);
}

}  // namespace
}  // namespace gyre::pipeline
