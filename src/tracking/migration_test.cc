#include <filesystem>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/testing/manual_clock.h"
#include "base/testing/seeded_entropy.h"
#include "tracking/internal/schema.h"
#include "tracking/tracker.h"

namespace gyre::tracking {
namespace {

/// A home in a folder that tests may copy while it is open.
class Home {
 public:
  explicit Home(const std::filesystem::path& folder) {
    database_ = store::Database::Open({.path = folder / "meta.db"}, clock_, entropy_).value();
  }
  store::Database& database() { return *database_; }
  Tracker& Open(const Tracker::Options& options = {}) {
    tracker_ = Tracker::Open(*database_, options).value();
    return *tracker_;
  }

 private:
  base::testing::ManualClock clock_{base::ParseTimestamp("2013-10-01").value()};
  base::testing::SeededEntropy entropy_{7};
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<Tracker> tracker_;
};

base::TempFolder MakeFolder() {
  return base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-tracking-home").value();
}

/// What the first version left: a run with two metrics, one of them of NaN alone, in an experiment of its own.
void FillFirstVersion(store::Database& database, int points) {
  ASSERT_TRUE(database.Migrate(std::span(internal::kMigrations).first(1)));
  ASSERT_TRUE(database.Write([&](store::Transaction& transaction) -> base::Result<void> {
    TRY(transaction.Execute("INSERT INTO experiments VALUES (0, 'Default', 1, 1, NULL), (3, 'rain', 1, 1, NULL)"));
    TRY(transaction.Execute("INSERT INTO runs VALUES (5, 'abc', 3, 'trial', 'ann', 'FINISHED', 1, 2, NULL, 2)"));
    TRY(transaction.Execute("INSERT INTO run_tags VALUES (5, 'mlflow.runName', 'trial')"));
    TRY(transaction.Execute("INSERT INTO run_metrics VALUES (5, 'loss', 0, ?1, ?1, 0.5, 0)", points - 1));
    TRY(transaction.Execute("INSERT INTO run_metrics VALUES (5, 'lost', 1, 1, 1, 0, 1)"));
    TRY(transaction.Execute("INSERT INTO run_metric_points VALUES (5, 1, 1, 1, 0, 1)"));
    for (int i = 0; i < points; ++i) {
      TRY(transaction.Execute("INSERT INTO run_metric_points VALUES (5, 0, ?1, ?1, ?2, 0)", i,
                              i == points - 1 ? 0.5 : points - i));
    }
    return base::Ok();
  }));
}

TEST(Migration, BringsAHomeOfTheFirstVersionOver) {
  constexpr int kPoints = 45'000;  // more than one transaction takes
  const auto folder = MakeFolder();
  Home home(folder.path());
  FillFirstVersion(home.database(), kPoints);
  auto& tracker = home.Open();
  EXPECT_EQ(tracker.GetExperiment(ExperimentId("3")).value().artifact_location, "mlflow-artifacts:/3");
  const auto run = tracker.GetRun(RunId("abc")).value();
  EXPECT_EQ(run.artifact_uri, "mlflow-artifacts:/3/abc/artifacts");
  ASSERT_EQ(run.metrics.size(), 2u);
  EXPECT_EQ(run.metrics[0].value, 0.5);
  EXPECT_EQ(run.metrics[0].step, kPoints - 1);
  const auto history = tracker.MetricHistory(run.id, "loss", 100'000).value().points;
  ASSERT_EQ(history.size(), size_t{kPoints});
  EXPECT_EQ(history[0].value, kPoints);
  EXPECT_EQ(tracker.MetricHistory(run.id, "lost", 10).value().points.size(), 1u);

  LogBatch batch;
  batch.metrics = {{.key = "loss", .value = 0.25, .time = base::FromMicros(kPoints), .step = kPoints},
                   {.key = "new", .value = 1, .time = base::FromMicros(1), .step = 1}};
  ASSERT_TRUE(tracker.Log(run.id, batch));
  EXPECT_EQ(tracker.MetricHistory(run.id, "loss", 100'000).value().points.back().value, 0.25);
  EXPECT_EQ(tracker.MetricHistory(run.id, "new", 10).value().points.size(), 1u);
  EXPECT_EQ(tracker.CreateExperiment("next", "", {}, "ann").value().id.value(), "4");
}

TEST(Migration, AnotherArtifactRootIsForNewExperiments) {
  const auto folder = MakeFolder();
  Home home(folder.path());
  FillFirstVersion(home.database(), 1);
  auto& tracker = home.Open({.artifact_root = "s3://bucket/root"});
  EXPECT_EQ(tracker.GetExperiment(ExperimentId("0")).value().artifact_location, "mlflow-artifacts:/0");
  EXPECT_EQ(tracker.CreateExperiment("next", "", {}, "ann").value().artifact_location, "s3://bucket/root/4");
}

/// The files as a kill leaves them: copied while the process is at work, nothing closed.
TEST(Kill, NothingThatWasAcknowledgedIsLost) {
  const auto folder = MakeFolder();
  Home home(folder.path());
  auto& tracker = home.Open({.fold_delay = std::chrono::hours(1)});
  const auto id = tracker.CreateRun({}, "ann").value().id;
  for (int step = 0; step < 10; ++step) {
    LogBatch batch;
    for (int i = 0; i < 90; ++i) {
      batch.metrics.push_back({.key = fmt::format("layer {}", i),
                               .value = static_cast<double>(i + step),
                               .time = base::FromMicros(step),
                               .step = step});
    }
    batch.tags = {{"step", std::to_string(step)}};
    ASSERT_TRUE(tracker.Log(id, batch));

    const auto copy = MakeFolder();
    std::filesystem::copy(folder.path(), copy.path(), std::filesystem::copy_options::recursive);
    Home after(copy.path());
    auto& restarted = after.Open();
    const auto run = restarted.GetRun(id).value();
    ASSERT_EQ(run.metrics.size(), 90u);
    EXPECT_EQ(run.tags.at("step"), std::to_string(step));
    for (const auto& metric : run.metrics) EXPECT_EQ(metric.step, step);
    EXPECT_EQ(restarted.MetricHistory(id, "layer 7", 100).value().points.size(), static_cast<size_t>(step) + 1);
    // The client had no answer and sends it again.
    ASSERT_TRUE(restarted.Log(id, batch));
    EXPECT_EQ(restarted.MetricHistory(id, "layer 7", 100).value().points.size(), static_cast<size_t>(step) + 1);
  }
}

}  // namespace
}  // namespace gyre::tracking
