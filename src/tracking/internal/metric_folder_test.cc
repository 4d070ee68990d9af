#include "tracking/internal/metric_folder.h"

#include <gtest/gtest.h>

#include "tracking/internal/metric_fold.h"
#include "tracking/internal/metric_journal.h"
#include "tracking/internal/run_rows.h"
#include "tracking/testing/temp_tracker.h"

namespace gyre::tracking::internal {
namespace {

using std::chrono::milliseconds;

class MetricFolderTest : public ::testing::Test {
 protected:
  void SetUp() override { tracker_->Stop(); }  // its own thread stays out of the way

  /// One batch of `metrics` metrics at `step`, as Log writes it. Gives the run's number.
  int64_t Append(const RunId& id, int metrics, int64_t step) {
    std::vector<MetricPoint> points;
    for (int i = 0; i < metrics; ++i) {
      points.push_back({.key = fmt::format("m{}", i), .value = 1, .time = base::FromMicros(step), .step = step});
    }
    const PackedBatch batch(points);
    return tracker_.database()
        .Write([&](store::Transaction& transaction) -> base::Result<int64_t> {
          auto run = TRY(FindActiveRun(transaction, id));
          TRY(AppendToJournal(transaction, run, batch));
          return run.number;
        })
        .value();
  }
  int64_t Count(std::string_view sql) {
    return tracker_.database()
        .Read([&](store::Reader& reader) {
          return reader.QueryOne(sql, [](const store::Row& row) { return row.Int(0); });
        })
        .value()
        .value_or(-1);
  }
  int64_t Waiting() { return Count("SELECT COUNT(*) FROM run_metric_journal"); }
  bool WaitUntilFolded() {
    for (int i = 0; i < 1000 && Waiting() != 0; ++i) std::this_thread::sleep_for(milliseconds(5));
    return Waiting() == 0;
  }

  testing::TempTracker tracker_;
  RunId id_ = tracker_->CreateRun({}, "ann").value().id;
};

TEST_F(MetricFolderTest, ABatchOfFewMetricsMovesTheLatestOnAtOnce) {
  Append(id_, 16, 1);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM run_metrics"), 16);
  EXPECT_EQ(Count("SELECT deferred FROM run_metric_journal"), 0);
  Append(id_, 17, 2);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM run_metrics"), 16);
  EXPECT_EQ(Count("SELECT MAX(step) FROM run_metrics"), 1);
  EXPECT_EQ(Count("SELECT MAX(deferred) FROM run_metric_journal"), 1);
}

TEST_F(MetricFolderTest, BeforeASearchDeferredBatchesAreFolded) {
  MetricFolder folder(tracker_.database(), std::chrono::hours(1));
  EXPECT_TRUE(folder.FoldDeferred());
  const auto run = Append(id_, 1, 1);
  folder.Noticed(run, 1, false);
  EXPECT_TRUE(folder.FoldDeferred());
  EXPECT_EQ(Waiting(), 1) << "a batch that is not deferred can wait";
  Append(id_, 100, 2);
  folder.Noticed(run, 2, true);
  EXPECT_TRUE(folder.FoldDeferred());
  EXPECT_EQ(Waiting(), 0);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM run_metrics WHERE step = 2"), 100);
  Append(id_, 100, 3);
  folder.Noticed(run, 1, true);
  EXPECT_TRUE(folder.FoldDeferred());
  EXPECT_EQ(Count("SELECT COUNT(*) FROM run_metrics WHERE step = 3"), 100);
}

TEST_F(MetricFolderTest, FoldsAfterTheDelay) {
  MetricFolder folder(tracker_.database(), milliseconds(20));
  folder.Noticed(Append(id_, 3, 1), 1, false);
  EXPECT_TRUE(WaitUntilFolded());
  EXPECT_EQ(Count("SELECT COUNT(*) FROM run_metric_chunks"), 3);
  folder.Noticed(Append(id_, 3, 2), 1, false);
  EXPECT_TRUE(WaitUntilFolded()) << "and again";
  EXPECT_EQ(Count("SELECT COUNT(*) FROM run_metric_chunks"), 3);
}

TEST_F(MetricFolderTest, ALongJournalDoesNotWaitForTheDelayButOthersDo) {
  const auto other = tracker_->CreateRun({}, "ann").value().id;
  MetricFolder folder(tracker_.database(), std::chrono::hours(1));
  const auto quiet = Append(other, 1, 1);
  folder.Noticed(quiet, 1, false);
  folder.Noticed(Append(id_, 1, 1), 32, false);
  for (int i = 0; i < 1000 && Waiting() != 1; ++i) std::this_thread::sleep_for(milliseconds(5));
  EXPECT_EQ(Count("SELECT run FROM run_metric_journal"), quiet);
}

TEST_F(MetricFolderTest, FoldsWhatAProcessBeforeLeft) {
  const auto other = tracker_->CreateRun({}, "ann").value().id;
  Append(id_, 100, 1);
  Append(other, 2, 1);
  MetricFolder folder(tracker_.database(), std::chrono::hours(1));
  EXPECT_TRUE(folder.FoldAll());
  EXPECT_EQ(Waiting(), 0);
  EXPECT_TRUE(folder.FoldAll());
}

TEST_F(MetricFolderTest, ARunThatIsGoneIsLeftAlone) {
  MetricFolder folder(tracker_.database(), milliseconds(1));
  folder.Noticed(4711, 99, true);
  EXPECT_TRUE(folder.FoldDeferred());
  EXPECT_EQ(tracker_.database().Write([](store::Transaction& transaction) { return FoldRun(transaction, 4711); }), 0);
}

TEST_F(MetricFolderTest, StopsWhileSomethingWaitsAndWhenTheDatabaseHasStopped) {
  MetricFolder folder(tracker_.database(), milliseconds(1));
  const auto run = Append(id_, 100, 1);
  tracker_.database().Stop();
  folder.Noticed(run, 99, true);
  EXPECT_EQ(folder.FoldDeferred().error().code(), base::ErrorCode::kUnavailable);
  std::this_thread::sleep_for(milliseconds(20));
  folder.Stop();
  folder.Stop();
}

TEST_F(MetricFolderTest, ADamagedJournalIsAnErrorAndStays) {
  Append(id_, 1, 1);
  ASSERT_TRUE(tracker_.database().Write([](store::Transaction& transaction) {
    return transaction.Execute("UPDATE run_metric_journal SET bytes = ?1", store::BlobView{"nonsense"});
  }));
  MetricFolder folder(tracker_.database(), std::chrono::hours(1));
  EXPECT_EQ(folder.FoldAll().error().code(), base::ErrorCode::kCorrupt);
  EXPECT_EQ(Waiting(), 1);
}

}  // namespace
}  // namespace gyre::tracking::internal
