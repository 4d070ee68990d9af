#include "tracking/experiment.h"

#include <gmock/gmock.h>

#include "store/testing/audit_actions.h"
#include "tracking/testing/temp_tracker.h"

namespace gyre::tracking {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ExperimentTest : public ::testing::Test {
 protected:
  std::vector<std::string> ListedNames() {
    std::vector<std::string> names;
    const auto experiments = tracker_->ListExperiments().value();
    for (const auto& experiment : experiments) names.push_back(experiment.name);
    return names;
  }

  testing::TempTracker tracker_;
};

TEST_F(ExperimentTest, ZeroIsDefaultFromTheStartAndMadeOnce) {
  tracker_.Reopen();
  const auto experiment = tracker_->GetExperiment(ExperimentId("0")).value();
  EXPECT_EQ(experiment.name, "Default");
  EXPECT_THAT(ListedNames(), ElementsAre("Default"));
  EXPECT_THAT(store::testing::AuditActions(tracker_.database()), ElementsAre("system experiment_created 0"));
}

TEST_F(ExperimentTest, ADeletedDefaultStaysDeletedAfterARestart) {
  ASSERT_TRUE(tracker_->DeleteExperiment(ExperimentId("0"), "ann"));
  tracker_.Reopen();
  EXPECT_EQ(tracker_->GetExperiment(ExperimentId("0")).value().stage, LifecycleStage::kDeleted);
}

TEST_F(ExperimentTest, KeepsWhatItWasMadeWithAcrossARestart) {
  const auto made = tracker_->CreateExperiment("weather / rain", "", {{"team", "sky"}, {"note", ""}}, "ann").value();
  EXPECT_EQ(made.id.value(), "1");
  tracker_.Reopen();
  for (const auto& read :
       {tracker_->GetExperiment(made.id).value(), *tracker_->FindExperiment("weather / rain").value()}) {
    EXPECT_EQ(read.ToJson(), made.ToJson());
    EXPECT_EQ(read.tags, (std::map<std::string, std::string>{{"team", "sky"}, {"note", ""}}));
  }
  EXPECT_EQ(made.ToJson()["created_at"], "2013-10-01T00:00:00Z");
  EXPECT_THAT(store::testing::AuditActions(tracker_.database()),
              ElementsAre("system experiment_created 0", "ann experiment_created 1"));
}

TEST_F(ExperimentTest, ANameIsTakenEvenByADeletedOne) {
  const auto made = tracker_->CreateExperiment("rain", "", {}, "ann").value();
  auto again = tracker_->CreateExperiment("rain", "", {}, "ann");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), base::ErrorCode::kAlreadyExists);
  EXPECT_THAT(again.error().message(), HasSubstr("Experiment(name='rain') already exists"));

  ASSERT_TRUE(tracker_->DeleteExperiment(made.id, "ann"));
  again = tracker_->CreateExperiment("rain", "", {}, "ann");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), base::ErrorCode::kAlreadyExists);
  EXPECT_THAT(again.error().message(), HasSubstr("restore it"));
  EXPECT_EQ(tracker_->EnsureExperiment("rain", "ann").error().code(), base::ErrorCode::kFailedPrecondition);
}

TEST_F(ExperimentTest, EnsureMakesItOnce) {
  const auto first = tracker_->EnsureExperiment("rain", "ann").value();
  EXPECT_EQ(tracker_->EnsureExperiment("rain", "bob").value().id, first.id);
  EXPECT_THAT(ListedNames(), ElementsAre("Default", "rain"));
}

TEST_F(ExperimentTest, DeletingTakesItsRunsAlongAndRestoringBringsThemBack) {
  const auto experiment = tracker_->CreateExperiment("rain", "", {}, "ann").value();
  const auto run = tracker_->CreateRun({.experiment = experiment.id}, "ann").value();
  tracker_.clock().Advance(std::chrono::seconds(5));
  ASSERT_TRUE(tracker_->DeleteExperiment(experiment.id, "ann"));

  EXPECT_THAT(ListedNames(), ElementsAre("Default"));
  const auto deleted = tracker_->FindExperiment("rain").value().value();
  EXPECT_EQ(deleted.stage, LifecycleStage::kDeleted);
  EXPECT_EQ(deleted.updated_at - deleted.created_at, std::chrono::seconds(5));
  EXPECT_EQ(tracker_->GetRun(run.id).value().stage, LifecycleStage::kDeleted);
  const auto refused = tracker_->CreateRun({.experiment = experiment.id}, "ann");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), base::ErrorCode::kFailedPrecondition);
  EXPECT_THAT(refused.error().message(), HasSubstr("must be in the 'active' state"));
  EXPECT_EQ(tracker_->DeleteExperiment(experiment.id, "ann").error().code(), base::ErrorCode::kNotFound);

  ASSERT_TRUE(tracker_->RestoreExperiment(experiment.id, "bob"));
  EXPECT_EQ(tracker_->GetRun(run.id).value().stage, LifecycleStage::kActive);
  const auto actions = store::testing::AuditActions(tracker_.database());
  EXPECT_EQ(actions.back(), "bob experiment_restored 1");
}

TEST_F(ExperimentTest, UnknownIdsAreNotFoundHoweverTheyAreWritten) {
  for (const char* id : {"7", "", "00", "-1", "1e3", "Default", "99999999999999999999", "0 "}) {
    const auto found = tracker_->GetExperiment(ExperimentId(id));
    ASSERT_FALSE(found) << id;
    EXPECT_EQ(found.error().code(), base::ErrorCode::kNotFound) << id;
    EXPECT_THAT(found.error().message(), HasSubstr(fmt::format("No Experiment with id={} exists", id)));
  }
  EXPECT_EQ(tracker_->FindExperiment("nothing").value(), std::nullopt);
}

TEST_F(ExperimentTest, RefusesNamesAndTagsOverTheirLimits) {
  EXPECT_TRUE(tracker_->CreateExperiment(std::string(500, 'x'), "", {{"k", std::string(20'000, 'v')}}, "ann"));
  for (const auto& name : {std::string(), std::string(" \t"), std::string(501, 'x'), std::string("\xFF")}) {
    const auto made = tracker_->CreateExperiment(name, "", {}, "ann");
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), base::ErrorCode::kInvalidArgument);
    EXPECT_EQ(made.error().name(), "name");
  }
  EXPECT_EQ(tracker_->CreateExperiment("a", "", {{"k", std::string(20'001, 'v')}}, "ann").error().name(), "k");
  EXPECT_EQ(tracker_->CreateExperiment("a", "", {{"/k", "v"}}, "ann").error().name(), "/k");
}

TEST_F(ExperimentTest, RunsAndModelsLieBelowItsArtifactLocation) {
  const auto made = tracker_->CreateExperiment("rain", "", {}, "ann").value();
  EXPECT_EQ(made.artifact_location, "mlflow-artifacts:/1");
  EXPECT_EQ(tracker_->GetExperiment(ExperimentId("0")).value().artifact_location, "mlflow-artifacts:/0");
  const auto run = tracker_->CreateRun({.experiment = made.id}, "ann").value();
  EXPECT_EQ(run.artifact_uri, "mlflow-artifacts:/1/" + run.id.value() + "/artifacts");
  EXPECT_EQ(tracker_->GetRun(run.id).value().artifact_uri, run.artifact_uri);

  const auto elsewhere = tracker_->CreateExperiment("sky", "s3://bucket/sky?region=eu", {}, "ann").value();
  const auto far = tracker_->CreateRun({.experiment = elsewhere.id}, "ann").value();
  EXPECT_EQ(far.artifact_uri, "s3://bucket/sky/" + far.id.value() + "/artifacts?region=eu");
  EXPECT_EQ(tracker_->CreateExperiment("far", "s3://" + std::string(2048, 'x'), {}, "ann").error().name(),
            "artifact_location");
  EXPECT_EQ(tracker_->CreateExperiment("far", std::string("a\0b", 3), {}, "ann").error().name(), "artifact_location");
}

TEST_F(ExperimentTest, ARenamedOneIsFoundByItsNewNameOnly) {
  const auto made = tracker_->CreateExperiment("rain", "", {}, "ann").value();
  tracker_.clock().Advance(std::chrono::seconds(5));
  ASSERT_TRUE(tracker_->RenameExperiment(made.id, "snow", "bob"));
  EXPECT_EQ(tracker_->FindExperiment("rain").value(), std::nullopt);
  const auto renamed = tracker_->FindExperiment("snow").value().value();
  EXPECT_EQ(renamed.id, made.id);
  EXPECT_EQ(renamed.artifact_location, made.artifact_location);
  EXPECT_EQ(renamed.updated_at - renamed.created_at, std::chrono::seconds(5));
  EXPECT_EQ(tracker_->RenameExperiment(made.id, "Default", "bob").error().code(), base::ErrorCode::kAlreadyExists);
  EXPECT_TRUE(tracker_->RenameExperiment(made.id, "snow", "bob"));
  EXPECT_EQ(tracker_->RenameExperiment(made.id, " ", "bob").error().name(), "name");

  ASSERT_TRUE(tracker_->DeleteExperiment(made.id, "bob"));
  EXPECT_EQ(tracker_->RenameExperiment(made.id, "hail", "bob").error().code(), base::ErrorCode::kFailedPrecondition);
  EXPECT_EQ(tracker_->RenameExperiment(ExperimentId("9"), "hail", "bob").error().code(), base::ErrorCode::kNotFound);
}

TEST_F(ExperimentTest, TagsAreSetOverwrittenAndDeletedWhileItIsActive) {
  const auto id = tracker_->CreateExperiment("rain", "", {{"team", "sky"}}, "ann").value().id;
  ASSERT_TRUE(tracker_->SetExperimentTag(id, "team", "sea", "ann"));
  ASSERT_TRUE(tracker_->SetExperimentTag(id, "note", "", "ann"));
  EXPECT_EQ(tracker_->GetExperiment(id).value().tags,
            (std::map<std::string, std::string>{{"team", "sea"}, {"note", ""}}));
  ASSERT_TRUE(tracker_->DeleteExperimentTag(id, "note", "ann"));
  EXPECT_EQ(tracker_->DeleteExperimentTag(id, "note", "ann").error().code(), base::ErrorCode::kNotFound);
  EXPECT_EQ(tracker_->SetExperimentTag(id, "a//b", "", "ann").error().name(), "a//b");
  ASSERT_TRUE(tracker_->DeleteExperiment(id, "ann"));
  EXPECT_EQ(tracker_->SetExperimentTag(id, "team", "x", "ann").error().code(), base::ErrorCode::kFailedPrecondition);
  EXPECT_EQ(tracker_->DeleteExperimentTag(id, "team", "ann").error().code(), base::ErrorCode::kFailedPrecondition);
  EXPECT_EQ(tracker_->GetExperiment(id).value().tags.at("team"), "sea");
}

TEST_F(ExperimentTest, RestoringOneThatIsActiveFindsNone) {
  EXPECT_EQ(tracker_->RestoreExperiment(ExperimentId("0"), "ann").error().code(), base::ErrorCode::kNotFound);
}

}  // namespace
}  // namespace gyre::tracking
