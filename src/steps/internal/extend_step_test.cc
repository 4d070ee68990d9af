#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steps/internal/extend.h"
#include "steps/testing/task_test_base.h"

namespace gyre::steps::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const base::Json kWith = {{"endpoint", "rain"}, {"until", "2013-11-01"}, {"label", "rain"}, {"event_time", "hour"}};

class ExtendStepTest : public testing::TaskTest {
 protected:
  Task Extend(std::optional<std::string> logged) {
    auto task = Make("extend", kWith);
    task.inputs["history"] = Table(
        "SELECT * FROM (VALUES (TIMESTAMP '2013-10-01 00:00:00', 10, 'EWR', 'dry'), "
        "(TIMESTAMP '2013-10-03 00:00:00', 30, 'JFK', 'rain')) t(hour, temp, origin, rain)");
    if (logged) task.inputs[std::string(kLoggedInput)] = Table(*logged);
    return task;
  }
};

TEST_F(ExtendStepTest, PutsLoggedRowsAmongHistoryInOrderOfTime) {
  const auto result = Run(Extend("SELECT TIMESTAMP '2013-10-02 00:00:00' AS event_time, 20.0 AS temp, 'LGA' AS origin, "
                                 "'rain' AS rain, 'extra' AS unknown"))
                          .value();
  EXPECT_THAT(RowsOf(result), ElementsAre("2013-10-01T00:00:00Z|10|EWR|dry", "2013-10-02T00:00:00Z|20|LGA|rain",
                                          "2013-10-03T00:00:00Z|30|JFK|rain"));
  EXPECT_EQ(result.figures["rows"], 3);
}

TEST_F(ExtendStepTest, HistoryComesFirstAtTheSameMomentAndWhatTheLogLacksIsNull) {
  const auto result = Run(Extend("SELECT TIMESTAMP '2013-10-01 00:00:00' AS event_time, 'rain' AS rain")).value();
  EXPECT_THAT(RowsOf(result), ElementsAre("2013-10-01T00:00:00Z|10|EWR|dry", "2013-10-01T00:00:00Z|NULL|NULL|rain",
                                          "2013-10-03T00:00:00Z|30|JFK|rain"));
}

TEST_F(ExtendStepTest, WithoutALogHistoryIsHandedOnAsItIs) {
  const auto task = Extend(std::nullopt);
  const auto result = Run(task).value();
  EXPECT_EQ(result.outputs.at("data").files.at("data.parquet"), task.inputs.at("history").files.at("data.parquet"));
  EXPECT_EQ(result.outputs.at("data").facts, task.inputs.at("history").facts);
  EXPECT_EQ(result.figures["logged"], 0);
}

TEST_F(ExtendStepTest, AColumnOfTimeThatIsNotThereIsNamed) {
  auto task = Extend("SELECT TIMESTAMP '2013-10-01 00:00:00' AS event_time");
  task.with["event_time"] = "time";
  EXPECT_THAT(Run(task).error().message(), HasSubstr("time"));
}

TEST_F(ExtendStepTest, AValueOfTheLogThatDoesNotFitHistoryIsAnError) {
  EXPECT_FALSE(Run(Extend("SELECT TIMESTAMP '2013-10-02 00:00:00' AS event_time, 'warm' AS temp")));
}

TEST_F(ExtendStepTest, ParametersAreChecked) {
  EXPECT_TRUE(Check("extend", kWith));
  auto without = kWith;
  without["until"] = nullptr;
  EXPECT_FALSE(ParseExtend(without).value().until);
  auto wrong = kWith;
  wrong["until"] = "yesterday";
  EXPECT_FALSE(Check("extend", wrong));
  wrong = kWith;
  wrong.erase("label");
  EXPECT_THAT(Check("extend", wrong).error().message(), HasSubstr("with.label is missing"));
}

}  // namespace
}  // namespace gyre::steps::internal
