#include "tracking/purge.h"

#include <gmock/gmock.h>

#include "store/testing/audit_actions.h"
#include "tracking/testing/temp_tracker.h"

namespace gyre::tracking {
namespace {

using ::testing::ElementsAre;

class PurgeTest : public ::testing::Test {
 protected:
  RunId MakeRun(const ExperimentId& experiment = ExperimentId("0")) {
    const auto id = tracker_->CreateRun({.experiment = experiment, .params = {{"depth", "3"}}}, "ann").value().id;
    LogBatch batch;
    for (int i = 0; i < 500; ++i) {
      batch.metrics.push_back({.key = "loss", .value = 1.0 / i, .time = base::FromMicros(i), .step = i});
      batch.metrics.push_back({.key = fmt::format("layer {}", i), .value = 1, .time = base::FromMicros(i)});
    }
    EXPECT_TRUE(tracker_->Log(id, batch));
    EXPECT_TRUE(tracker_->LogInputs(id, {.datasets = {{.dataset = {.name = "rain", .digest = "d"}}}}));
    EXPECT_TRUE(tracker_->LogOutputs(id, std::vector<ModelOutput>{{.model = LoggedModelId("m-a")}}));
    return id;
  }
  int64_t Rows(std::string_view table) {
    return tracker_.database()
        .Read([&](store::Reader& reader) {
          return reader.QueryOne(fmt::format("SELECT COUNT(*) FROM {}", table),
                                 [](const store::Row& row) { return row.Int(0); });
        })
        .value()
        .value();
  }
  std::vector<std::string> Ids(const PurgeScope& scope) {
    std::vector<std::string> ids;
    const auto found = tracker_->FindPurgeable(scope).value();
    for (const auto& purged : found) ids.push_back(purged.id);
    return ids;
  }
  PurgeScope Now() { return {.deleted_before = tracker_.clock().Now()}; }

  testing::TempTracker tracker_;
};

TEST_F(PurgeTest, LeavesNothingOfARun) {
  const auto id = MakeRun();
  tracker_.Reopen();  // folds
  EXPECT_EQ(Rows("run_metrics"), 501);
  const auto uri = tracker_->GetRun(id).value().artifact_uri;
  ASSERT_TRUE(tracker_->DeleteRun(id, "ann"));
  const auto purged = tracker_->PurgeRun(id, "bob").value();
  EXPECT_EQ(purged.artifact_uri, uri);
  EXPECT_EQ(tracker_->GetRun(id).error().code(), base::ErrorCode::kNotFound);
  for (const char* table : {"runs", "run_params", "run_tags", "run_metrics", "run_metric_chunks", "run_metric_journal",
                            "run_datasets", "run_model_outputs", "purged_runs"}) {
    EXPECT_EQ(Rows(table), 0) << table;
  }
  EXPECT_EQ(store::testing::AuditActions(tracker_.database()).back(), "bob run_purged " + id.value());
}

TEST_F(PurgeTest, TakesNothingThatIsNotDeleted) {
  const auto id = MakeRun();
  const auto model = tracker_->CreateLoggedModel({.experiment = ExperimentId("0")}, "ann").value().id;
  EXPECT_EQ(tracker_->PurgeRun(id, "ann").error().code(), base::ErrorCode::kFailedPrecondition);
  EXPECT_EQ(tracker_->PurgeLoggedModel(model, "ann").error().code(), base::ErrorCode::kFailedPrecondition);
  EXPECT_EQ(tracker_->PurgeExperiment(ExperimentId("0"), "ann").error().code(), base::ErrorCode::kFailedPrecondition);
  EXPECT_EQ(tracker_->PurgeRun(RunId("no"), "ann").error().code(), base::ErrorCode::kNotFound);
  EXPECT_EQ(tracker_->FindPurgeable({.runs = {id}}).error().code(), base::ErrorCode::kFailedPrecondition);
  EXPECT_EQ(tracker_->FindPurgeable({.models = {LoggedModelId("m-0")}}).error().code(), base::ErrorCode::kNotFound);
  EXPECT_EQ(tracker_->FindPurgeable({}).error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_TRUE(tracker_->GetRun(id));
}

TEST_F(PurgeTest, FindsWhatWasDeletedBeforeATime) {
  const auto early = MakeRun();
  const auto late = MakeRun();
  const auto model = tracker_->CreateLoggedModel({.experiment = ExperimentId("0")}, "ann").value().id;
  ASSERT_TRUE(tracker_->DeleteRun(early, "ann"));
  ASSERT_TRUE(tracker_->DeleteLoggedModel(model, "ann"));
  const auto then = Now();
  tracker_.clock().Advance(std::chrono::hours(1));
  ASSERT_TRUE(tracker_->DeleteRun(late, "ann"));
  EXPECT_THAT(Ids(then), ElementsAre(early.value(), model.value()));
  EXPECT_THAT(Ids(Now()), ElementsAre(early.value(), late.value(), model.value()));
  EXPECT_THAT(Ids({.runs = {late}}), ElementsAre(late.value()));
  EXPECT_EQ(Rows("runs"), 2);
}

TEST_F(PurgeTest, AnExperimentGoesWithAllThatIsInIt) {
  const auto experiment = tracker_->CreateExperiment("rain", "", {{"team", "sky"}}, "ann").value().id;
  const auto run = MakeRun(experiment);
  const auto other = MakeRun();
  const auto model = tracker_->CreateLoggedModel({.experiment = experiment, .tags = {{"a", "b"}}}, "ann").value().id;
  LogBatch batch;
  batch.metrics = {{.key = "loss", .value = 1, .time = base::FromMicros(1), .model = model}};
  ASSERT_TRUE(tracker_->Log(run, batch));
  ASSERT_TRUE(tracker_->DeleteExperiment(experiment, "ann"));
  EXPECT_THAT(Ids({.experiments = {experiment}}), ElementsAre(run.value(), model.value(), experiment.value()));
  EXPECT_EQ(tracker_->PurgeExperiment(experiment, "ann").value().artifact_uri, "mlflow-artifacts:/1");
  EXPECT_EQ(tracker_->GetExperiment(experiment).error().code(), base::ErrorCode::kNotFound);
  EXPECT_EQ(Rows("logged_models"), 0);
  EXPECT_EQ(Rows("logged_model_metrics"), 0);
  EXPECT_EQ(Rows("logged_datasets"), 1);
  EXPECT_EQ(tracker_->MetricHistory(other, "loss", 1000).value().points.size(), 500u);
  EXPECT_EQ(tracker_->CreateExperiment("rain", "", {}, "ann").value().id.value(), "2") << "ids are not given again";
}

TEST_F(PurgeTest, DefaultStaysGone) {
  ASSERT_TRUE(tracker_->DeleteExperiment(ExperimentId("0"), "ann"));
  ASSERT_TRUE(tracker_->PurgeExperiment(ExperimentId("0"), "ann"));
  tracker_.Reopen();
  EXPECT_EQ(tracker_->GetExperiment(ExperimentId("0")).error().code(), base::ErrorCode::kNotFound);
}

TEST_F(PurgeTest, ACrashBetweenItsTransactionsIsFinishedAtTheNextStart) {
  const auto id = MakeRun();
  tracker_.Reopen();
  const auto number = tracker_.database().Read([](store::Reader& reader) {
    return reader.QueryOne("SELECT number FROM runs", [](const store::Row& row) { return row.Int(0); });
  });
  // What PurgeRun's first transaction leaves.
  ASSERT_TRUE(tracker_.database().Write([&](store::Transaction& transaction) -> base::Result<void> {
    for (const char* table : {"run_datasets", "run_model_outputs", "run_tags", "run_params"}) {
      TRY(transaction.Execute(fmt::format("DELETE FROM {}", table)));
    }
    TRY(transaction.Execute("DELETE FROM runs"));
    TRY(transaction.Execute("INSERT INTO purged_runs(run) VALUES (?1)", number.value().value()));
    return base::Ok();
  }));
  const auto next = tracker_->CreateRun({}, "ann").value().id;
  EXPECT_TRUE(tracker_->GetRun(next).value().metrics.empty()) << "the number of the old run is not given again";
  tracker_.Reopen();
  EXPECT_EQ(Rows("run_metrics"), 0);
  EXPECT_EQ(Rows("run_metric_chunks"), 0);
  EXPECT_EQ(Rows("purged_runs"), 0);
}

}  // namespace
}  // namespace gyre::tracking
