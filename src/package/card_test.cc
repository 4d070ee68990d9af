#include "package/card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "package/testing/golden_model.h"

namespace gyre::package {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

model::Bundle TwoInputs() {
  model::Bundle bundle;
  bundle.onnx = "graph";
  bundle.signature.inputs = {
      {.name = "humid", .nullable = true, .minimum = 0},
      {.name = "origin", .type = model::FeatureType::kCategory, .categories = {"EWR", "JFK"}, .closed = true}};
  bundle.signature.classes = {"dry", "rain", "snow"};
  bundle.signature.positive_class = "snow";
  return bundle;
}

TEST(WriteCard, LeavesOutWhatIsNotKnown) {
  const auto card = WriteCard({}, {}, TwoInputs(), "a graph");
  EXPECT_THAT(card, HasSubstr("# Model\n"));
  for (const char* section : {"## Intended use", "## Data", "## Performance", "## Lineage"})
    EXPECT_THAT(card, Not(HasSubstr(section)));
  EXPECT_THAT(card, HasSubstr("| humid | number | from 0 | yes |  |  |"));
  EXPECT_THAT(card, HasSubstr("| origin | category | the categories seen | no | EWR, JFK |  |"));
  EXPECT_THAT(card, HasSubstr("One of 3 classes: dry, rain, snow. With a probability for each."));
  EXPECT_THAT(card, Not(HasSubstr("counts as none"))) << "there is no open category";
}

TEST(WriteCard, StatesRangesAndGapsOfTheTrainingRows) {
  auto bundle = TwoInputs();
  bundle.profile.rows = 4;
  bundle.profile.numbers["humid"] = {.count = 3, .missing = 1, .mean = 50.25, .minimum = 10, .maximum = 90};
  bundle.profile.categories["origin"] = {.count = 4, .counts = {{"EWR", 4}}};
  const auto card = WriteCard({}, {.training_rows = 4, .test_labels = {{"dry", 3}, {"rain", 1}}}, bundle, "a graph");
  EXPECT_THAT(card, HasSubstr("| humid | number | from 0 | yes | 10 to 90, mean 50.25 | 25.00% |"));
  EXPECT_THAT(card, HasSubstr("| EWR, JFK | never |"));
  EXPECT_THAT(card, HasSubstr("- test rows labelled rain: 1 (25.00%)"));
}

TEST(WriteCard, ShortensLongSetsAndKeepsMarkupOut) {
  auto bundle = TwoInputs();
  auto& categories = bundle.signature.inputs[1].categories;
  for (int i = 0; i < 20; ++i) categories.push_back(fmt::format("C{}", i));
  bundle.signature.inputs[0].name = "a|b\n# *bold* [link](x) <b>";
  bundle.lineage = {{"params", {{"trees", 100}}}, {"code", "x\n## Fake section"}};
  const auto card = WriteCard({.intended_use = "line\n# not a heading"}, {}, bundle, "a graph");
  EXPECT_THAT(card, HasSubstr("and 10 more"));
  EXPECT_THAT(card, HasSubstr("a\\|b \\# \\*bold\\* \\[link\\](x) &lt;b>"));
  EXPECT_THAT(card, Not(HasSubstr("\n# not")));
  EXPECT_THAT(card, Not(HasSubstr("\n## Fake")));
}

TEST(WriteCard, SaysSoIfThereAreNoProbabilitiesOrNoClasses) {
  auto bundle = TwoInputs();
  bundle.signature.probability_output.clear();
  EXPECT_THAT(WriteCard({}, {}, bundle, ""), HasSubstr("No probabilities."));
  bundle.signature.task = model::Task::kRegression;
  EXPECT_THAT(WriteCard({}, {}, bundle, ""), HasSubstr("One number per row."));
}

TEST(DescribeAlgorithm, NamesEachKindWithItsSize) {
  EXPECT_THAT(DescribeAlgorithm(testing::LoadGolden("forest4").trained), HasSubstr("random forest of 6 trees"));
  EXPECT_EQ(DescribeAlgorithm(testing::LoadGolden("linear2").trained), "logistic regression on 6 encoded features");
  EXPECT_THAT(DescribeAlgorithm(testing::LoadGolden("svm_rbf4").trained),
              HasSubstr("support vector machine, radial basis kernel"));
}

}  // namespace
}  // namespace gyre::package
