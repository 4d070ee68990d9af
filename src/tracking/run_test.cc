#include "tracking/run.h"

#include <gtest/gtest.h>
#include <limits>

#include "tracking/internal/run_name.h"

namespace gyre::tracking {
namespace {

TEST(RunStatus, ReadsBackWhatItNames) {
  for (const auto status :
       {RunStatus::kRunning, RunStatus::kScheduled, RunStatus::kFinished, RunStatus::kFailed, RunStatus::kKilled}) {
    EXPECT_EQ(ParseRunStatus(RunStatusName(status)).value(), status);
  }
  const auto unknown = ParseRunStatus("finished");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_NE(unknown.error().message().find("FINISHED"), std::string::npos);
}

TEST(RunJson, KeepsValuesThatJsonHasNoNumberFor) {
  tracking::Run run;
  run.id = RunId("0123");
  run.metrics = {{.key = "a", .value = std::numeric_limits<double>::quiet_NaN(), .time = {}, .step = 1},
                 {.key = "b", .value = -std::numeric_limits<double>::infinity(), .time = {}, .step = 1},
                 {.key = "c", .value = 0.5, .time = {}, .step = -3}};
  const auto json = run.ToJson();
  EXPECT_EQ(json["metrics"][0]["value"], "NaN");
  EXPECT_EQ(json["metrics"][1]["value"], "-Infinity");
  EXPECT_EQ(json["metrics"][2],
            base::Json({{"key", "c"}, {"value", 0.5}, {"time", "1970-01-01T00:00:00Z"}, {"step", -3}}));
  EXPECT_FALSE(json.contains("ended_at"));
}

TEST(RunNames, AreAdjectiveNounNumber) {
  EXPECT_EQ(internal::MakeRunName("00000000000000000000000000000000"), "able-adder-0");
  EXPECT_EQ(internal::MakeRunName("ffffffffffffffffffffffffffffffff"),
            internal::MakeRunName("ffffffffffffffff0000000000000000"));
  std::set<std::string> names;
  for (int i = 0; i < 100; ++i) names.insert(internal::MakeRunName(fmt::format("{:016x}", i * 0x9E3779B97F4A7C15ULL)));
  EXPECT_GT(names.size(), 95u);
}

}  // namespace
}  // namespace gyre::tracking
