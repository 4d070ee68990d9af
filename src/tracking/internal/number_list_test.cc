#include "tracking/internal/number_list.h"

#include <gtest/gtest.h>
#include <numeric>

#include "tracking/internal/run_loading.h"
#include "tracking/testing/temp_tracker.h"

namespace gyre::tracking::internal {
namespace {

TEST(NumberList, AsksForEveryNumberOnceWhateverTheLength) {
  testing::TempTracker tracker;
  constexpr int64_t kRows = 1500;
  ASSERT_TRUE(tracker.database().Write([](store::Transaction& transaction) -> base::Result<void> {
    for (int64_t i = 0; i < kRows; ++i) TRY(transaction.Execute("INSERT INTO purged_runs(run) VALUES (?1)", i));
    return base::Ok();
  }));
  for (const int64_t length : {0, 1, 2, 7, 8, 9, 63, 64, 65, 511, 512, 513, 1024, 1500}) {
    std::vector<int64_t> numbers(static_cast<size_t>(length));
    std::iota(numbers.begin(), numbers.end(), 0);
    std::vector<int64_t> found;
    const auto read = tracker.database().Read([&](store::Reader& reader) {
      return QueryIn(reader, "SELECT run FROM purged_runs WHERE run", "ORDER BY run", numbers,
                     [&](const store::Row& row) -> base::Result<void> {
                       found.push_back(row.Int(0));
                       return base::Ok();
                     });
    });
    ASSERT_TRUE(read) << read.error().ToString();
    EXPECT_EQ(found, numbers) << length;
  }
}

TEST(NumberList, AnErrorOfARowEndsIt) {
  testing::TempTracker tracker;
  const std::array<int64_t, 1> zero = {0};
  const auto read = tracker.database().Read([&](store::Reader& reader) {
    return QueryIn(reader, "SELECT number FROM experiments WHERE number", "", zero,
                   [](const store::Row&) -> base::Result<void> { return base::NotFound("enough"); });
  });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message(), "enough");
}

TEST(RunLoading, KeepsTheOrderAndLeavesUnknownNumbersOut) {
  testing::TempTracker tracker;
  std::vector<RunId> ids;
  for (int i = 0; i < 20; ++i) {
    ids.push_back(tracker->CreateRun({.params = {{"i", std::to_string(i)}}}, "ann").value().id);
  }
  const std::vector<int64_t> numbers = {20, 3, 99, 1, 7};  // a run's number is one more than its place here
  const auto runs = tracker.database().Read([&](store::Reader& reader) { return LoadRuns(reader, numbers); }).value();
  ASSERT_EQ(runs.size(), 4u);
  EXPECT_EQ(runs[0].id, ids[19]);
  EXPECT_EQ(runs[1].id, ids[2]);
  EXPECT_EQ(runs[2].id, ids[0]);
  EXPECT_EQ(runs[3].id, ids[6]);
  for (const auto& run : runs) EXPECT_EQ(run.params.size(), 1u);
}

TEST(RunLoading, TheFieldsAloneAreQuickToHave) {
  testing::TempTracker tracker;
  const auto id = tracker->CreateRun({.name = "trial", .params = {{"a", "1"}}}, "ann").value().id;
  const auto run = tracker.database().Read([&](store::Reader& reader) { return LoadRunFields(reader, id); }).value();
  EXPECT_EQ(run.name, "trial");
  EXPECT_TRUE(run.params.empty());
  EXPECT_TRUE(run.tags.empty());
}

}  // namespace
}  // namespace gyre::tracking::internal
