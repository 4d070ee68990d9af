#include "tracking/internal/search_plan.h"

#include <gtest/gtest.h>

#include "search/parse.h"
#include "tracking/internal/search_entities.h"
#include "tracking/testing/temp_tracker.h"

namespace gyre::tracking::internal {
namespace {

/// 200 runs: one in 50 has the tag rare, one in two the tag common.
class PlanTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 200; ++i) {
      NewRun fresh{.experiment = ExperimentId("0"), .name = fmt::format("run {}", i)};
      if (i % 50 == 0) fresh.tags["rare"] = fmt::format("value {}", i);
      fresh.tags["common"] = i % 2 == 0 ? "even" : "odd";
      fresh.params["p"] = std::to_string(i % 100);
      const auto run = tracker_->CreateRun(fresh, "t").value();
      ASSERT_TRUE(tracker_->Log(run.id, {.metrics = {{.key = "m", .value = 1.0 * i}}, .params = {}, .tags = {}}));
    }
  }

  /// The key and comparator of the driver, or "".
  std::string Driver(std::string_view filter, std::vector<std::string> order_by = {}, int64_t max_results = 1000,
                     std::vector<std::string> experiments = {"0"}) {
    const auto condition = search::ParseFilter(filter, kRunEntity).value();
    const RunOrder order(search::ParseOrderBy(order_by, kRunEntity).value());
    const auto scope = ReadScope(experiments, ViewType::kActiveOnly).value();
    const auto plan =
        tracker_.database()
            .Read([&](store::Reader& reader) { return PlanRuns(reader, scope, condition, order, max_results); })
            .value();
    if (plan.driver == nullptr) return "";
    return fmt::format("{} {}", plan.driver->key, search::ComparatorName(plan.driver->comparator));
  }

  testing::TempTracker tracker_;
};

TEST_F(PlanTest, DrivesFromTheClauseThatFewestMatch) {
  EXPECT_EQ(Driver(""), "");
  EXPECT_EQ(Driver("tags.rare = 'value 50'"), "rare =");
  EXPECT_EQ(Driver("tags.common = 'even' AND tags.rare = 'value 50'"), "rare =");
  EXPECT_EQ(Driver("params.p = '7' AND metrics.m > 198"), "m >");
  EXPECT_EQ(Driver("params.p = '7' AND metrics.m > 100"), "p =");
  EXPECT_EQ(Driver("tags.rare LIKE 'value 5%'"), "rare LIKE");
  EXPECT_EQ(Driver("tags.rare = 'nothing' AND params.p = '7'"), "rare =");
}

/// The index has the first 100 characters of a value, and no text follows one of these.
TEST_F(PlanTest, FindsValuesThatTheIndexCannotRange) {
  std::string value;
  for (int i = 0; i < 100; ++i) value += "漢";
  const std::string zero("a\0b", 3);
  ASSERT_TRUE(tracker_->CreateRun({.experiment = ExperimentId("0"), .tags = {{"odd", value + "abc"}}}, "t"));
  ASSERT_TRUE(tracker_->CreateRun({.experiment = ExperimentId("0"), .tags = {{"zero", zero}}}, "t"));
  const auto found = [&](const std::string& filter) {
    return tracker_->SearchRuns({.experiments = {"0"}, .filter = filter}).value().runs.size();
  };
  EXPECT_EQ(found("tags.odd LIKE '" + value + "a%'"), 1u);
  EXPECT_EQ(found("tags.odd = '" + value + "abc'"), 1u);
  EXPECT_EQ(found("tags.zero = '" + zero + "'"), 1u);
}

TEST_F(PlanTest, DoesNotDriveFromWhatAnIndexCannotAnswer) {
  EXPECT_EQ(Driver("tags.rare LIKE '%50'"), "");
  EXPECT_EQ(Driver("tags.rare ILIKE 'value%'"), "");
  EXPECT_EQ(Driver("tags.rare != 'value 50'"), "");
  EXPECT_EQ(Driver("metrics.m != 5"), "");
  EXPECT_EQ(Driver("metrics.max(m) = 5"), "");
  EXPECT_EQ(Driver("tags.rare = 'value 50' OR tags.rare = 'value 100'"), "");
  EXPECT_EQ(Driver("NOT tags.rare = 'value 50'"), "");
}

TEST_F(PlanTest, FollowsTheOrderWhereManyMatch) {
  EXPECT_EQ(Driver("tags.common = 'even'", {}, 10), "");
  EXPECT_EQ(Driver("tags.common = 'even'", {"metrics.m DESC"}, 10), "");
  EXPECT_EQ(Driver("metrics.m > 100", {}, 10), "");
  EXPECT_EQ(Driver("metrics.m > 110", {"params.p"}), "m >") << "no index has that order";
  EXPECT_EQ(Driver("tags.rare = 'value 50'", {}, 10, {"0", "1"}), "rare =");
  EXPECT_EQ(Driver("metrics.m > 190", {}, 10, {kAllExperiments}), "m >");
}

TEST(RunOrder, EndsWithStartAndId) {
  const auto order = [](std::vector<std::string> items) {
    std::string text;
    const RunOrder parsed(search::ParseOrderBy(items, kRunEntity).value());
    for (const auto& key : parsed.keys()) text += fmt::format("{}{} ", key.key, key.descending ? "-" : "+");
    return text + (parsed.ByMetric() ? "metric" : parsed.ByStart() ? "start" : "");
  };
  EXPECT_EQ(order({}), "start_time- run_id+ start");
  EXPECT_EQ(order({"start_time DESC"}), "start_time- run_id+ start");
  EXPECT_EQ(order({"start_time"}), "start_time+ run_id+ ");
  EXPECT_EQ(order({"metrics.m"}), "m+ start_time- run_id+ metric");
  EXPECT_EQ(order({"metrics.max(m)"}), "m+ start_time- run_id+ ");
  EXPECT_EQ(order({"run_id DESC"}), "run_id- ");
  EXPECT_EQ(order({"tags.t", "created"}), "t+ start_time+ run_id+ ");
}

TEST(RunOrder, JoinsATablePerKeyThatHangsFromTheRun) {
  const std::vector<std::string> items = {"metrics.m", "end_time", "tags.t"};
  const RunOrder order(search::ParseOrderBy(items, kRunEntity).value());
  search::SqlText all;
  order.WriteJoins(0, all);
  EXPECT_EQ(all.text(),
            " LEFT JOIN run_metrics k0 ON k0.run = r.number AND k0.key = ?1 LEFT JOIN run_tags k2 ON k2.run = r.number "
            "AND k2.key = ?2");
  search::SqlText rest;
  order.WriteJoins(1, rest);
  EXPECT_EQ(rest.values().size(), 1U);
  EXPECT_EQ(order.Rest().columns().size() + 1, order.keyset().columns().size());
  EXPECT_TRUE(order.OfNumbers().columns().front().rank.empty());
}

}  // namespace
}  // namespace gyre::tracking::internal
