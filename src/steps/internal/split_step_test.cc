#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steps/testing/task_test_base.h"

namespace gyre::steps::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;

class SplitStepTest : public testing::TaskTest {
 protected:
  /// Ten rows an hour apart from 2013-10-01, without a time where n is in `timeless`.
  base::Result<TaskResult> Split(const base::Json& with, std::string_view rows = kHours) {
    auto task = Make("split", with);
    task.inputs["data"] = Table(rows);
    return Run(task);
  }
  static constexpr std::string_view kHours =
      "SELECT n, TIMESTAMP '2013-10-01' + to_hours(n::INTEGER) AS hour FROM range(10) t(n)";
  /// The first column of a part.
  std::vector<std::string> Numbers(const TaskResult& result, const std::string& part) const {
    auto rows = RowsOf(result, part);
    for (auto& row : rows) row = row.substr(0, row.find('|'));
    return rows;
  }
  static base::Json Shares(const std::vector<std::pair<std::string, double>>& shares) {
    base::Json list = base::Json::array();
    for (const auto& [name, share] : shares) list.push_back({{name, share}});
    return {{"time", "hour"}, {"shares", list}};
  }
};

TEST_F(SplitStepTest, CutsAtMomentsOfTime) {
  const auto result = Split({{"time", "hour"},
                             {"parts",
                              {{"history", {{"before", "2013-10-01T03:00:00Z"}}},
                               {"live", {{"from", "2013-10-01T03:00:00Z"}, {"before", "2013-10-01T05:00:00Z"}}}}}})
                          .value();
  EXPECT_THAT(Numbers(result, "history"), ElementsAre("0", "1", "2"));
  EXPECT_THAT(Numbers(result, "live"), ElementsAre("3", "4"));
  EXPECT_EQ(result.figures, (base::Json{{"history", 3}, {"live", 2}, {"left out", 5}}));
}

TEST_F(SplitStepTest, SharesCutWhereTheRowsSay) {
  const auto result = Split(Shares({{"train", 0.8}, {"test", 0.2}})).value();
  EXPECT_THAT(Numbers(result, "train"), ElementsAre("0", "1", "2", "3", "4", "5", "6", "7"));
  EXPECT_THAT(Numbers(result, "test"), ElementsAre("8", "9"));
  EXPECT_FALSE(result.figures.contains("left out"));
}

TEST_F(SplitStepTest, DecimalSharesAreNotOffByARow) {
  const auto result = Split(Shares({{"a", 0.7}, {"b", 0.1}, {"c", 0.2}})).value();
  EXPECT_EQ(Numbers(result, "a").size(), 7u);
  EXPECT_THAT(Numbers(result, "b"), ElementsAre("7"));
  EXPECT_THAT(Numbers(result, "c"), ElementsAre("8", "9"));
}

TEST_F(SplitStepTest, RowsOfOneMomentStayTogether) {
  const auto result =
      Split(Shares({{"train", 0.5}, {"test", 0.5}}),
            "SELECT n, TIMESTAMP '2013-10-01' + to_hours((n // 4)::INTEGER) AS hour FROM range(12) t(n)")
          .value();
  EXPECT_EQ(Numbers(result, "train"), (std::vector<std::string>{"0", "1", "2", "3"}));
  EXPECT_EQ(Numbers(result, "test").size(), 8u);
}

TEST_F(SplitStepTest, RowsWithoutATimeAreCountedOut) {
  const auto result =
      Split(
          Shares({{"train", 0.5}, {"test", 0.5}}),
          "SELECT n, CASE WHEN n > 0 THEN TIMESTAMP '2013-10-01' + to_hours(n::INTEGER) END AS hour FROM range(5) t(n)")
          .value();
  EXPECT_THAT(Numbers(result, "train"), ElementsAre("1", "2"));
  EXPECT_THAT(Numbers(result, "test"), ElementsAre("3", "4"));
  EXPECT_EQ(result.figures["left out"], 1);
}

TEST_F(SplitStepTest, KeysStayTogetherAndNothingIsLost) {
  const base::Json with = {{"by", {"key"}}, {"seed", 7}, {"parts", {{"train", 0.6}, {"test", 0.4}}}};
  constexpr std::string_view kRows = "SELECT n % 20 AS key, n FROM range(200) t(n)";
  const auto result = Split(with, kRows).value();
  const auto train = Numbers(result, "train");
  const auto test = Numbers(result, "test");
  const std::set<std::string> train_keys(train.begin(), train.end());
  for (const auto& key : test) EXPECT_FALSE(train_keys.contains(key));
  EXPECT_EQ(train.size() + test.size(), 200u);
  EXPECT_THAT(Numbers(Split(with, kRows).value(), "test"), UnorderedElementsAreArray(test));
}

TEST_F(SplitStepTest, WhatCannotBeCutIsSaid) {
  EXPECT_THAT(Split({{"time", "n"}, {"shares", {{{"a", 0.5}}, {{"b", 0.5}}}}}).error().message(),
              HasSubstr("'n' is no timestamp"));
  EXPECT_FALSE(Split(Shares({{"a", 0.5}, {"b", 0.5}}), "SELECT NULL::TIMESTAMP AS hour FROM range(3)"));
  // All at one moment: no border gives both parts rows.
  EXPECT_FALSE(Split(Shares({{"a", 0.5}, {"b", 0.5}}), "SELECT TIMESTAMP '2013-10-01' AS hour FROM range(3)"));
}

TEST_F(SplitStepTest, SharesThatAreNoneAreRefusedBeforeAnythingRuns) {
  const auto message = [](const base::Json& with) {
    const auto checked = Check("split", with);
    return checked ? std::string("accepted") : checked.error().message();
  };
  EXPECT_EQ(message(Shares({{"a", 0.5}, {"b", 0.5}})), "accepted");
  EXPECT_THAT(message(Shares({{"a", 0.5}, {"b", 0.4}})), HasSubstr("add up to 1"));
  EXPECT_THAT(message(Shares({{"a", 1.0}})), HasSubstr("two parts or more"));
  EXPECT_THAT(message(Shares({{"a", 1.5}, {"b", -0.5}})), HasSubstr("above 0"));
  EXPECT_THAT(message(Shares({{"a", 0.5}, {"a", 0.5}})), HasSubstr("twice"));
  EXPECT_THAT(message(Shares({{"../../tmp/a", 0.5}, {"b", 0.5}})), HasSubstr("name of a part"));
  EXPECT_THAT(message({{"time", "hour"}, {"shares", {0.8, 0.2}}}), HasSubstr("[{train: 0.8}, {test: 0.2}]"));
  EXPECT_THAT(message({{"time", "hour"}, {"parts", {{"../a", {{"before", "2013-10-01"}}}}}}), HasSubstr("part"));
  EXPECT_NE(message({{"by", {"n"}}, {"parts", {{"a", 0.9}, {"b", 0.9}}}}), "accepted");
}

}  // namespace
}  // namespace gyre::steps::internal
