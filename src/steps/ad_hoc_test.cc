#include "steps/ad_hoc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steps/testing/steps_home.h"

namespace gyre::steps {
namespace {

using pipeline::State;
using ::testing::HasSubstr;

class AdHocTest : public ::testing::Test {
 protected:
  pipeline::RunRecord Run(const AdHocRequest& request) {
    auto run = home_.Finish(home_.ad_hoc().Start(request));
    EXPECT_TRUE(run) << run.error().ToString();
    return run.value();
  }
  std::string Refusal(const AdHocRequest& request) {
    const auto run = home_.ad_hoc().Start(request);
    return run ? "accepted" : run.error().message();
  }
  pipeline::RunRecord Ingest() {
    return Run({.uses = "ingest",
                .with = {{"file", "a.csv"}, {"dataset", "weather"}},
                .inputs = {},
                .files = {{"a.csv", home_.Put("temp,rain\n1,no\n2,yes\n")}},
                .actor = "ann"});
  }

  testing::StepsHome home_;
};

TEST_F(AdHocTest, RunsOneStepOnFilesThatWereSent) {
  const auto run = Ingest();
  ASSERT_EQ(run.state, State::kSucceeded) << run.ToJson();
  EXPECT_EQ(run.actor, "ann");
  EXPECT_EQ(home_.catalog().Resolve("weather").value().rows, 2u);
  EXPECT_TRUE(Ingest().steps.back().cached);
}

TEST_F(AdHocTest, TakesADatasetOrWhatARunLeft) {
  const auto ingest = Ingest();
  const AdHocRequest of_dataset{.uses = "transform",
                                .with = {{"sql", "SELECT temp + 1 AS temp FROM w"}},
                                .inputs = {{"w", {{"dataset", "weather/1"}}}},
                                .files = {}};
  const auto transformed = Run(of_dataset);
  ASSERT_EQ(transformed.state, State::kSucceeded) << transformed.ToJson();
  const auto split = Run({.uses = "split",
                          .with = {{"by", {"temp"}}, {"parts", {{"all", 1.0}}}},
                          .inputs = {{"data", {{"run", transformed.id.value()}, {"output", "data"}}}},
                          .files = {}});
  ASSERT_EQ(split.state, State::kSucceeded) << split.ToJson();
  EXPECT_EQ(split.steps.back().figures, (base::Json{{"all", 2}}));
  const auto named = Run({.uses = "validate",
                          .with = {{"expectations", {{{"rows", {{"min", 2}}}}}}},
                          .inputs = {{"data", {{"run", ingest.id.value()}, {"step", "ingest"}, {"output", "data"}}}},
                          .files = {}});
  EXPECT_EQ(named.state, State::kSucceeded) << named.ToJson();
}

TEST_F(AdHocTest, ForceRunsItAgain) {
  Ingest();
  const auto again = Run({.uses = "ingest",
                          .with = {{"file", "a.csv"}, {"dataset", "weather"}},
                          .inputs = {},
                          .files = {{"a.csv", home_.Put("temp,rain\n1,no\n2,yes\n")}},
                          .force = true});
  EXPECT_FALSE(again.steps.back().cached);
}

TEST_F(AdHocTest, AnInputThatIsNotThereIsNamed) {
  const auto ingest = Ingest();
  const auto with_input = [](const base::Json& source) {
    return AdHocRequest{
        .uses = "validate", .with = {{"expectations", base::Json::array()}}, .inputs = {{"data", source}}, .files = {}};
  };
  EXPECT_THAT(Refusal(with_input({{"run", std::string(32, '0')}, {"output", "data"}})),
              HasSubstr(std::string(32, '0')));
  EXPECT_THAT(Refusal(with_input({{"run", ingest.id.value()}, {"step", "train"}, {"output", "data"}})),
              HasSubstr("has no step 'train'"));
  EXPECT_THAT(Refusal(with_input({{"run", ingest.id.value()}, {"output", "model"}})),
              HasSubstr("left no output 'model'"));
  EXPECT_THAT(Refusal(with_input({{"run", ingest.id.value()}})), HasSubstr("inputs.data.output is missing"));
  EXPECT_THAT(Refusal(with_input({{"dataset", 5}})), HasSubstr("inputs.data.dataset must be a string"));
  EXPECT_THAT(Refusal(with_input({{"datasets", "weather"}})), HasSubstr("datasets"));
  EXPECT_FALSE(home_.ad_hoc().Start(with_input("weather")));
  const auto run = Run(with_input({{"dataset", "no-such"}}));
  EXPECT_EQ(run.state, State::kFailed);
  EXPECT_THAT(run.error->message(), HasSubstr("no-such"));
}

TEST_F(AdHocTest, WhatIsNoStepOrNoNameIsRefused) {
  EXPECT_THAT(Refusal({.uses = "ingst", .with = {}, .inputs = {}, .files = {}}), HasSubstr("did you mean 'ingest'?"));
  EXPECT_NE(Refusal({.uses = "../ingest", .with = {}, .inputs = {}, .files = {}}), "accepted");
  EXPECT_THAT(Refusal({.uses = "ingest", .with = {}, .inputs = {}, .files = {}}), HasSubstr("with.file is missing"));
  for (const auto* name : {"../x", "a.b", "", "a b"}) {
    EXPECT_THAT(
        Refusal(
            {.uses = "transform", .with = {{"sql", "SELECT 1"}}, .inputs = {{name, {{"dataset", "d"}}}}, .files = {}}),
        HasSubstr("cannot be an input's name"));
  }
  EXPECT_NE(
      Refusal({.uses = "ingest", .with = {{"file", "../a"}}, .inputs = {}, .files = {{"../a", home_.Put("a\n1\n")}}}),
      "accepted");
  EXPECT_THAT(Refusal({.uses = "ingest", .with = {{"file", "a.csv"}}, .inputs = {}, .files = {}}), HasSubstr("a.csv"));
}

}  // namespace
}  // namespace gyre::steps
