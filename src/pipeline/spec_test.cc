#include "pipeline/spec.h"

#include <gtest/gtest.h>

namespace gyre::pipeline {
namespace {

base::Result<PipelineSpec> Parse(std::string_view yaml) {
  return PipelineFromJson("rain", base::ParseYaml(yaml, "gyre.yaml").value(), "pipelines.rain");
}

std::vector<std::string> Names(const PipelineSpec& spec) {
  std::vector<std::string> names;
  for (const auto& step : spec.steps) names.push_back(step.name);
  return names;
}

TEST(PipelineSpec, OrdersStepsByWhatTheyNeedAndElseAsWritten) {
  const auto spec = Parse(R"(
steps:
  - {name: c, uses: join, inputs: {x: a.data}, after: [b]}
  - {name: a, uses: emit}
  - {name: b, uses: emit}
)");
  ASSERT_TRUE(spec) << spec.error().ToString();
  EXPECT_EQ(Names(*spec), (std::vector<std::string>{"a", "b", "c"}));
}

TEST(PipelineSpec, ReadsBackWhatItWrites) {
  const auto spec = Parse(R"(
params: {rows: 10}
steps:
  - {name: a, run: python3  train.py, code: [train.py], outputs: {model: model.onnx}, env: [HOME], timeout_seconds: 5, memory_mb: 100}
  - {name: b, uses: join, inputs: {x: a.model}, with: {k: [1, "${params.rows}"]}, cache: false}
)");
  ASSERT_TRUE(spec) << spec.error().ToString();
  const auto again = PipelineFromJson("rain", ToJson(*spec), "x");
  ASSERT_TRUE(again) << again.error().ToString();
  EXPECT_EQ(again->steps, spec->steps);
  EXPECT_EQ(spec->steps[0].command, (std::vector<std::string>{"python3", "train.py"}));
}

struct Mistake {
  const char* yaml;
  const char* message;
};

class PipelineMistakes : public ::testing::TestWithParam<Mistake> {};

TEST_P(PipelineMistakes, AreNamed) {
  const auto spec = Parse(GetParam().yaml);
  ASSERT_FALSE(spec);
  EXPECT_NE(spec.error().message().find(GetParam().message), std::string::npos) << spec.error().message();
}

INSTANTIATE_TEST_SUITE_P(
    All, PipelineMistakes,
    ::testing::Values(
        Mistake{"{}", "has no steps"}, Mistake{"steps: [{name: a}]", "steps[0] needs either 'uses'"},
        Mistake{"steps: [{name: a, uses: x, run: y}]", "needs either 'uses'"},
        Mistake{"steps: [{name: a/b, uses: x}]", "letters, digits"},
        Mistake{"steps: [{name: a, uses: x}, {name: a, uses: x}]", "two steps named 'a'"},
        Mistake{"steps: [{name: train, uses: x}, {name: b, uses: x, after: [trian]}]", "did you mean 'train'?"},
        Mistake{"steps: [{name: a, uses: x, inputs: {d: b}}]", "STEP.OUTPUT"},
        Mistake{"steps: [{name: a, uses: x, imputs: {}}]", "did you mean 'inputs'?"},
        Mistake{"steps: [{name: a, uses: x, after: [b]}, {name: b, uses: x, after: [a]}]", "wait for each other: a, b"},
        Mistake{"steps: [{name: a, uses: x, with: 3}]", "with must be an object"},
        Mistake{"steps: [{name: a, uses: x, timeout_seconds: 0}]", "timeout_seconds must lie from 1"},
        Mistake{"steps: [{name: a, uses: x, timeout_seconds: 9000000000000000000}]", "timeout_seconds must lie from 1"},
        Mistake{"steps: [{name: a, uses: x, memory_mb: -5}]", "memory_mb must lie from 1"},
        Mistake{"steps: [{name: a, uses: x, memory_mb: 17592186044416}]", "memory_mb must lie from 1"}));

TEST(FillPlaceholders, KeepsTheTypeOfAWholePlaceholderAndTheTextOfAPart) {
  const base::Json params = {{"rows", 10}, {"model", "rain/1"}, {"none", nullptr}};
  const base::Json with = {{"n", "${params.rows}"},
                           {"s", "top ${params.rows} of ${params.model}"},
                           {"z", "${params.none}"},
                           {"d", "$5 {x}"}};
  EXPECT_EQ(FillPlaceholders(with, params, "with").value(),
            base::Json({{"n", 10}, {"s", "top 10 of rain/1"}, {"z", nullptr}, {"d", "$5 {x}"}}));
  const auto unknown = FillPlaceholders({{"n", "${params.row}"}}, params, "train.with");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().name(), "train.with.n");
}

}  // namespace
}  // namespace gyre::pipeline
