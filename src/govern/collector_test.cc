#include "govern/collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "govern/testing/collect_home.h"
#include "store/testing/audit_actions.h"

namespace gyre::govern {
namespace {

using ::testing::Contains;
using tracking::ExperimentId;
using tracking::RunId;

class CollectorTest : public ::testing::Test {
 protected:
  tracking::Run DeletedRun(std::string_view file) {
    auto run = home_.NewRun(file);
    EXPECT_TRUE(home_.tracker->DeleteRun(run.id, "tester"));
    return run;
  }
  bool Exists(const tracking::Run& run) { return home_.tracker->GetRun(run.id).has_value(); }
  artifacts::Amount Files(const tracking::Run& run) {
    return home_.tree->Measure(*artifacts::PathOfUri(run.artifact_uri)).value();
  }
  /// Version 1 of model m, fetched from there.
  void RegisterFrom(const std::string& source) {
    ASSERT_TRUE(home_.registry->CreateModel(registry::ModelName("m"), {}, "", "tester"));
    ASSERT_TRUE(home_.tree.database().Write([&](store::Transaction& transaction) -> base::Result<void> {
      TRY(transaction.Execute(
          "INSERT INTO model_versions(number, model, version, bundle_digest, run_id, pipeline_run, description, "
          "metrics, "
          "created_at, updated_at, source, storage_location) SELECT 1, number, 1, '', '', '', '', '{}', 0, 0, ?1, ?1 "
          "FROM "
          "registered_models",
          source));
      return base::Ok();
    }));
  }

  testing::CollectHome home_;
};

TEST_F(CollectorTest, AnEmptyHomeHasNothingToCollect) {
  const auto report = home_.Collect();
  EXPECT_EQ(report.state, CollectReport::State::kDone) << report.ToJson();
  EXPECT_EQ(report.progress, 1.0);
  EXPECT_EQ(report.runs + report.experiments + report.logged_models + report.blobs_stored.files, 0);
}

TEST_F(CollectorTest, DeletedRunsGoWithTheirArtifactsAndBlobs) {
  const auto gone = DeletedRun("model/weights");
  const auto stays = home_.NewRun("plot.png");
  const auto report = home_.Collect();
  EXPECT_EQ(report.runs, 1);
  EXPECT_EQ(report.artifacts, (artifacts::Amount{.files = 1, .bytes = 32}));
  EXPECT_EQ(report.blobs_stored.files, 2);
  EXPECT_EQ(report.blobs_removed, (artifacts::Amount{.files = 1, .bytes = 32}));
  EXPECT_FALSE(Exists(gone));
  EXPECT_EQ(Files(gone).files, 0);
  EXPECT_TRUE(Exists(stays));
  EXPECT_EQ(Files(stays).files, 1);
  EXPECT_TRUE(home_.HasBlob(home_.tree->Files(*artifacts::PathOfUri(stays.artifact_uri))->at("plot.png").digest));
  EXPECT_THAT(store::testing::AuditActions(home_.tree.database()), Contains("local blobs_collected "));
  EXPECT_EQ(home_.Collect().runs, 0) << "again";
}

TEST_F(CollectorTest, ADryRunTellsTheSameAndDoesNothing) {
  DeletedRun("a");
  const auto experiment = home_.tracker->CreateExperiment("old", "", {}, "tester").value();
  for (int i = 0; i < 3; ++i) {
    const auto run = home_.tracker->CreateRun({.experiment = experiment.id}, "tester").value();
    home_.PutFile(run.artifact_uri, "f" + std::to_string(i));
  }
  const auto model = home_.tracker->CreateLoggedModel({.experiment = experiment.id, .name = "m"}, "tester").value();
  home_.PutFile(model.artifact_uri, "MLmodel");
  ASSERT_TRUE(home_.tracker->DeleteExperiment(experiment.id, "tester"));
  home_.NewRun("stays");
  const auto before = home_.tree->Measure("")->files;
  auto dry = home_.Collect({.dry_run = true}).ToJson();
  EXPECT_EQ(home_.tree->Measure("")->files, before);
  EXPECT_EQ(dry["experiments"], 1);
  EXPECT_EQ(dry["runs"], 4);
  EXPECT_EQ(dry["blobs"]["removed"]["count"], 5);
  auto real = home_.Collect().ToJson();
  EXPECT_TRUE(dry["dry_run"].get<bool>());
  dry.erase("dry_run");
  real.erase("dry_run");
  EXPECT_EQ(dry, real);
  EXPECT_FALSE(home_.tracker->GetExperiment(experiment.id));
  EXPECT_EQ(home_.tree->Measure("")->files, 1);
}

TEST_F(CollectorTest, WhatWasDeletedLatelyStays) {
  const auto old = DeletedRun("a");
  home_.tree.clock().Advance(std::chrono::hours(48));
  const auto fresh = DeletedRun("b");
  home_.tree.clock().Advance(std::chrono::hours(1));
  EXPECT_EQ(home_.Collect({.older_than = std::chrono::hours(24)}).runs, 1);
  EXPECT_FALSE(Exists(old));
  EXPECT_TRUE(Exists(fresh));
  EXPECT_EQ(Files(fresh).files, 1);
}

TEST_F(CollectorTest, OneRunCanBeNamed) {
  const auto wanted = DeletedRun("a");
  const auto other = DeletedRun("b");
  EXPECT_EQ(home_.Collect({.runs = {wanted.id.value()}}).runs, 1);
  EXPECT_FALSE(Exists(wanted));
  EXPECT_TRUE(Exists(other));
}

TEST_F(CollectorTest, ARunThatIsNotDeletedOrNotThereIsAnError) {
  const auto active = home_.NewRun("a");
  for (const auto& id : {active.id.value(), std::string(32, '0')}) {
    const auto report = home_.Collect({.runs = {id}});
    EXPECT_EQ(report.state, CollectReport::State::kFailed);
    ASSERT_TRUE(report.error);
    EXPECT_TRUE(report.ToJson()["error"]["message"].get<std::string>().contains(id)) << report.ToJson();
  }
  EXPECT_EQ(Files(active).files, 1);
}

TEST_F(CollectorTest, NoBlobThatIsNeededEverGoes) {
  const auto put = [&](std::string_view bytes) { return home_.tree.blobs().Put(bytes).value().digest; };
  const auto project = put("project: p\npipelines: {}\n");
  ASSERT_TRUE(home_.projects->Save({{"gyre.yaml", project}}, "local"));
  const auto version =
      home_.registry->Register(registry::ModelName("rain"), registry::testing::SmallBundle(1), {}).value();
  const auto file = home_.PutFile("mlflow-artifacts:/0/x", "f").blob.digest;
  const auto garbage = put("nobody's");
  home_.LetClaimsExpire();
  const auto report = home_.Collect();
  EXPECT_EQ(report.blobs_removed.files, 1);
  EXPECT_FALSE(home_.HasBlob(garbage));
  EXPECT_TRUE(home_.HasBlob(project));
  EXPECT_TRUE(home_.HasBlob(file));
  for (const auto& [name, ref] : version.files) EXPECT_TRUE(home_.HasBlob(ref.digest)) << name;
}

TEST_F(CollectorTest, ABlobThatIsNeededTwiceGoesWithTheLast) {
  const auto first = home_.NewRun();
  const auto second = home_.NewRun();
  for (const auto& run : {first, second}) {
    ASSERT_TRUE(home_.tree->Put(*artifacts::PathOfUri(run.artifact_uri) + "/same", "same bytes"));
  }
  const auto digest = base::Sha256Of(std::string_view("same bytes"));
  ASSERT_TRUE(home_.tracker->DeleteRun(first.id, "tester"));
  EXPECT_EQ(home_.Collect().blobs_removed.files, 0);
  EXPECT_TRUE(home_.HasBlob(digest));
  ASSERT_TRUE(home_.tracker->DeleteRun(second.id, "tester"));
  EXPECT_EQ(home_.Collect().blobs_removed.files, 1);
  EXPECT_FALSE(home_.HasBlob(digest));
}

TEST_F(CollectorTest, WhatIsOnItsWayIsSpared) {
  const auto claimed = home_.tree.blobs().Put("about to be named").value().digest;
  const auto writer = home_.tree->Begin().value();
  ASSERT_TRUE(writer->Append("an artifact"));
  const auto pinned = writer->CommitPinned().value();
  auto report = home_.Collect();
  EXPECT_EQ(report.blobs_removed.files, 0);
  EXPECT_EQ(report.blobs_spared.files, 2);
  EXPECT_TRUE(home_.HasBlob(claimed));
  home_.LetClaimsExpire();
  report = home_.Collect();
  EXPECT_EQ(report.blobs_removed.files, 1);
  EXPECT_FALSE(home_.HasBlob(claimed));
  EXPECT_TRUE(home_.HasBlob(pinned.ref.digest)) << "for as long as it takes";
}

TEST_F(CollectorTest, ArtifactsOfARegisteredVersionKeepTheirRun) {
  const auto run = home_.NewRun("model/model.onnx");
  RegisterFrom(run.artifact_uri + "/model");
  ASSERT_TRUE(home_.tracker->DeleteRun(run.id, "tester"));
  auto report = home_.Collect();
  EXPECT_EQ(report.runs, 0);
  ASSERT_EQ(report.kept.size(), 1u);
  EXPECT_EQ(report.kept[0].id, run.id.value());
  EXPECT_TRUE(report.kept[0].reason.contains("model version m/1")) << report.kept[0].reason;
  EXPECT_EQ(Files(run).files, 1);
  ASSERT_TRUE(home_.registry->Delete({.model = registry::ModelName("m"), .version = 1}, "tester"));
  EXPECT_EQ(home_.Collect().runs, 1);
  EXPECT_EQ(Files(run).files, 0);
}

TEST_F(CollectorTest, ARunThatAVersionNamesAsItsSourceIsKeptAndItsExperimentToo) {
  const auto experiment = home_.tracker->CreateExperiment("e", "mlflow-artifacts:/shared", {}, "tester").value();
  const auto run = home_.tracker->CreateRun({.experiment = experiment.id}, "tester").value();
  home_.PutFile(run.artifact_uri + "/model", "x");
  RegisterFrom("runs:/" + run.id.value() + "/model");
  ASSERT_TRUE(home_.tracker->DeleteRun(run.id, "tester"));
  EXPECT_EQ(home_.Collect().runs, 0);
  ASSERT_TRUE(home_.tracker->DeleteExperiment(experiment.id, "tester"));
  const auto report = home_.Collect();
  EXPECT_EQ(report.runs + report.experiments, 0) << report.ToJson();
  EXPECT_TRUE(Exists(run));
  EXPECT_EQ(Files(run).files, 1);
}

TEST_F(CollectorTest, AKeptRunKeepsAnExperimentWithoutAFolderOfItsOwn) {
  const auto experiment = home_.tracker->CreateExperiment("e", "mlflow-artifacts:/shared", {}, "tester").value();
  const auto run = home_.tracker->CreateRun({.experiment = experiment.id}, "tester").value();
  home_.PutFile(run.artifact_uri + "/model", "x");
  RegisterFrom(run.artifact_uri + "/model");
  ASSERT_TRUE(home_.tracker->DeleteExperiment(experiment.id, "tester"));
  EXPECT_EQ(home_.Collect().experiments, 0);
  EXPECT_TRUE(Exists(run));
}

TEST_F(CollectorTest, FoldersWithinOthersAreMeasuredOnce) {
  const auto first = home_.tracker->CreateExperiment("a", "", {}, "tester").value();
  const auto second = home_.tracker->CreateExperiment("b", first.artifact_location + ".bak", {}, "tester").value();
  for (const auto& id : {first.id, second.id}) {
    const auto run = home_.tracker->CreateRun({.experiment = id}, "tester").value();
    home_.PutFile(run.artifact_uri, "x" + id.value());
    ASSERT_TRUE(home_.tracker->DeleteRun(run.id, "tester"));
  }
  ASSERT_TRUE(home_.tracker->DeleteExperiment(first.id, "tester"));
  const auto said = home_.Collect({.dry_run = true});
  const auto done = home_.Collect();
  EXPECT_EQ(said.artifacts, done.artifacts);
  EXPECT_EQ(done.artifacts.files, 2);
}

TEST_F(CollectorTest, AnExperimentLosesOnlyAFolderOfItsOwn) {
  home_.PutFile("mlflow-artifacts:/shared", "needed by others");
  const auto experiment = home_.tracker->CreateExperiment("e", "mlflow-artifacts:/shared", {}, "tester").value();
  const auto run = home_.tracker->CreateRun({.experiment = experiment.id}, "tester").value();
  home_.PutFile(run.artifact_uri, "x");
  ASSERT_TRUE(home_.tracker->DeleteExperiment(experiment.id, "tester"));
  const auto report = home_.Collect();
  EXPECT_EQ(report.experiments, 1);
  EXPECT_EQ(report.artifacts.files, 1);
  EXPECT_EQ(home_.tree->List("shared")->size(), 1u);
}

TEST_F(CollectorTest, WhatAKillLeftIsFinished) {
  const auto run = DeletedRun("a");
  const auto restored = home_.NewRun("b");
  // As after a kill between the end of the run's rows and that of its artifacts; of another run nothing had happened.
  ASSERT_TRUE(home_.tree->Doom(*artifacts::PathOfUri(run.artifact_uri), "run " + run.id.value()));
  ASSERT_TRUE(home_.tree->Doom(*artifacts::PathOfUri(restored.artifact_uri), "run " + restored.id.value()));
  ASSERT_TRUE(home_.tracker->PurgeRun(run.id, "tester"));
  EXPECT_EQ(home_.Collect().artifacts.files, 1);
  EXPECT_EQ(Files(run).files, 0);
  EXPECT_EQ(Files(restored).files, 1);
  EXPECT_TRUE(home_.tree->ListDoomed()->empty());
}

TEST_F(CollectorTest, OneAtATimeAndStoppable) {
  for (int i = 0; i < 50; ++i) DeletedRun("f" + std::to_string(i));
  ASSERT_TRUE(home_.collector.Start({}));
  const auto second = home_.collector.Start({});
  EXPECT_TRUE(second || second.error().code() == base::ErrorCode::kFailedPrecondition);
  home_.collector.Stop();
  const auto report = home_.collector.Wait(std::chrono::seconds(0));
  EXPECT_NE(report.state, CollectReport::State::kRunning);
  home_.Collect();
  EXPECT_EQ(home_.tree->Measure("")->files, 0);
}

/// Clients put and delete the same few files while collections run: what is listed must be readable.
TEST_F(CollectorTest, ClientsAndCollectionsGetAlong) {
  std::atomic<bool> stop = false;
  std::atomic<int> lost = 0;
  std::vector<std::thread> clients;
  for (int t = 0; t < 2; ++t) {
    clients.emplace_back([&, t] {
      for (int i = 0; !stop; ++i) {
        const auto path = fmt::format("p/{}/{}", t, i % 4);
        if (!home_.tree->Put(path, fmt::format("bytes {}", i % 5))) ++lost;
        if (!home_.tree->OpenForRead(path)) ++lost;
        if (i % 3 == 0 && !home_.tree->Delete(path, "tester")) ++lost;
      }
    });
  }
  for (int i = 0; i < 30; ++i) {
    if (home_.Collect().state != CollectReport::State::kDone) ++lost;
  }
  stop = true;
  for (auto& client : clients) client.join();
  EXPECT_EQ(lost, 0);
}

}  // namespace
}  // namespace gyre::govern
