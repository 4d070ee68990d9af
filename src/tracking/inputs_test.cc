#include "tracking/inputs.h"

#include <gmock/gmock.h>

#include "tracking/testing/temp_tracker.h"

namespace gyre::tracking {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

DatasetInput Input(std::string name, std::string context = "training") {
  return {.dataset = {.name = std::move(name), .digest = "d1", .source_type = "local", .source = "{}"},
          .tags = {{kDatasetContextTag, std::move(context)}}};
}

class InputsTest : public ::testing::Test {
 protected:
  std::vector<std::string> Names(const RunId& id) {
    std::vector<std::string> names;
    const auto run = tracker_->GetRun(id).value();
    for (const auto& input : run.inputs.datasets) names.push_back(input.dataset.name);
    return names;
  }

  testing::TempTracker tracker_;
  RunId id_ = tracker_->CreateRun({}, "ann").value().id;
};

TEST_F(InputsTest, ComeBackInTheOrderInWhichTheyWereLogged) {
  auto full = Input("wind");
  full.dataset.schema = R"({"columns": []})";
  full.dataset.profile = "{}";
  ASSERT_TRUE(tracker_->LogInputs(id_, {.datasets = {full, Input("rain")}, .models = {LoggedModelId("m-b")}}));
  ASSERT_TRUE(tracker_->LogInputs(id_, {.datasets = {Input("air", "eval")}, .models = {LoggedModelId("m-a")}}));
  tracker_.Reopen();
  const auto run = tracker_->GetRun(id_).value();
  EXPECT_THAT(Names(id_), ElementsAre("wind", "rain", "air"));
  EXPECT_EQ(run.inputs.datasets[0].dataset.schema, full.dataset.schema);
  EXPECT_EQ(run.inputs.datasets[0].dataset.profile, "{}");
  EXPECT_EQ(run.inputs.datasets[1].dataset.schema, std::nullopt);
  EXPECT_EQ(run.inputs.datasets[1].dataset.source_type, "local");
  EXPECT_THAT(run.inputs.datasets[2].tags, ElementsAre(Pair("mlflow.data.context", "eval")));
  EXPECT_THAT(run.inputs.models, ElementsAre(LoggedModelId("m-b"), LoggedModelId("m-a")));
}

TEST_F(InputsTest, WhatIsThereStaysAsItIs) {
  ASSERT_TRUE(tracker_->LogInputs(id_, {.datasets = {Input("rain")}, .models = {LoggedModelId("m-a")}}));
  auto again = Input("rain", "eval");
  again.dataset.source = "elsewhere";
  ASSERT_TRUE(tracker_->LogInputs(id_, {.datasets = {again, again}, .models = {LoggedModelId("m-a")}}));
  const auto run = tracker_->GetRun(id_).value();
  ASSERT_EQ(run.inputs.datasets.size(), 1u);
  EXPECT_EQ(run.inputs.datasets[0].dataset.source, "{}");
  EXPECT_THAT(run.inputs.datasets[0].tags, ElementsAre(Pair("mlflow.data.context", "training")));
  EXPECT_EQ(run.inputs.models.size(), 1u);
}

TEST_F(InputsTest, ADatasetIsSharedWithinAnExperimentAndItsTagsAreTheRuns) {
  const auto other = tracker_->CreateRun({}, "ann").value().id;
  ASSERT_TRUE(tracker_->LogInputs(id_, {.datasets = {Input("rain")}}));
  auto again = Input("rain", "eval");
  again.dataset.source = "elsewhere";
  ASSERT_TRUE(tracker_->LogInputs(other, {.datasets = {again}}));
  const auto inputs = tracker_->GetRun(other).value().inputs.datasets;
  EXPECT_EQ(inputs[0].dataset.source, "{}");
  EXPECT_THAT(inputs[0].tags, ElementsAre(Pair("mlflow.data.context", "eval")));
  const auto runs = tracker_->ListRuns(ExperimentId("0"), 10, 0).value();
  for (const auto& run : runs) {
    EXPECT_EQ(run.inputs.datasets.size(), 1u) << run.id.value();
  }
}

TEST_F(InputsTest, OutputsKeepTheirStepAndMayBeSentAgain) {
  const std::vector<ModelOutput> outputs = {{.model = LoggedModelId("m-b"), .step = 3},
                                            {.model = LoggedModelId("m-a"), .step = 7}};
  ASSERT_TRUE(tracker_->LogOutputs(id_, outputs));
  ASSERT_TRUE(tracker_->LogOutputs(id_, outputs));
  const auto run = tracker_->GetRun(id_).value();
  ASSERT_EQ(run.outputs.size(), 2u);
  EXPECT_EQ(run.outputs[0].model.value(), "m-b");
  EXPECT_EQ(run.outputs[0].step, 3);
  EXPECT_EQ(run.outputs[1].step, 7);
}

TEST_F(InputsTest, ABadOneKeepsTheWholeCallOut) {
  const auto refused = [&](DatasetInput bad) {
    const auto logged = tracker_->LogInputs(id_, {.datasets = {Input("good"), std::move(bad)}});
    EXPECT_FALSE(logged);
    EXPECT_EQ(logged.error().code(), base::ErrorCode::kInvalidArgument);
    return logged.error().name();
  };
  EXPECT_EQ(refused(Input("")), "name");
  EXPECT_EQ(refused(Input(std::string(501, 'x'))), "name");
  auto input = Input("rain");
  input.dataset.digest = std::string(37, 'd');
  EXPECT_EQ(refused(input), "digest");
  input = Input("rain");
  input.dataset.source = std::string(65'536, 's');
  EXPECT_EQ(refused(input), "source");
  input = Input("rain", std::string(501, 'c'));
  EXPECT_EQ(refused(input), "value");
  input = Input("rain");
  input.dataset.schema = std::string(1'048'576, 's');
  EXPECT_EQ(refused(input), "schema");
  EXPECT_EQ(tracker_->LogInputs(id_, {.models = {LoggedModelId("")}}).error().name(), "model_id");
  EXPECT_THAT(Names(id_), ElementsAre());
}

}  // namespace
}  // namespace gyre::tracking
