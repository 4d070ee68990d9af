#include "serve/internal/answer_form.h"

#include <gtest/gtest.h>

#include "serve/testing/weather.h"

namespace gyre::serve::internal {
namespace {

class AnswerFormTest : public ::testing::Test {
 protected:
  PredictionView Row(const registry::VersionRef& version, int32_t label, const std::vector<float>& probabilities) {
    PredictionView view;
    view.id.fill(0xAB);
    view.answer = {.version = &version, .label = label, .probabilities = probabilities};
    return view;
  }
  std::string Text(const std::vector<PredictionView>& rows) {
    std::string out;
    AnswerForm(signature_, champion_, &candidate_).Append(rows, out);
    return out;
  }

  model::Signature signature_ = testing::WeatherSignature();
  registry::VersionRef champion_ = registry::VersionRef::Parse("rain/3").value();
  registry::VersionRef candidate_ = registry::VersionRef::Parse("rain/4").value();
  const std::string id_ = "abababababababababababababababab";
};

TEST_F(AnswerFormTest, GivesTheProbabilityOfThePositiveClassWhicheverTheLabel) {
  EXPECT_EQ(Text({Row(champion_, 1, {0.07F, 0.93F})}),
            R"({"model_version":"rain/3","predictions":[{"prediction_id":")" + id_ +
                R"(","label":"rain","probability":0.93}]})");
  EXPECT_EQ(Text({Row(champion_, 0, {0.75F, 0.25F})}),
            R"({"model_version":"rain/3","predictions":[{"prediction_id":")" + id_ +
                R"(","label":"dry","probability":0.25}]})");
}

TEST_F(AnswerFormTest, GivesTheProbabilityOfTheLabelAmongMoreClasses) {
  signature_.classes = {"dry", "rain", "snow"};
  EXPECT_NE(Text({Row(champion_, 2, {0.25F, 0.25F, 0.5F})}).find(R"("label":"snow","probability":0.5})"),
            std::string::npos);
}

TEST_F(AnswerFormTest, HasNoProbabilityWhereTheGraphGivesNone) {
  EXPECT_TRUE(Text({Row(champion_, 1, {})}).ends_with(R"(","label":"rain"}]})"));
}

TEST_F(AnswerFormTest, ARegressionHasAValue) {
  signature_.task = model::Task::kRegression;
  signature_.classes = {};
  auto row = Row(champion_, 0, {});
  row.answer.value = -1.5e-7F;
  EXPECT_TRUE(Text({row}).ends_with(R"(","value":-1.5e-07}]})"));
}

TEST_F(AnswerFormTest, SaysWhichVersionAnsweredWhichRow) {
  EXPECT_TRUE(Text({Row(candidate_, 1, {}), Row(candidate_, 1, {})}).starts_with(R"({"model_version":"rain/4",)"));
  const auto json = base::Json::parse(Text({Row(candidate_, 1, {}), Row(champion_, 1, {})}));
  EXPECT_EQ(json["model_version"], "rain/3");
  EXPECT_EQ(json["predictions"][0]["model_version"], "rain/4");
  EXPECT_FALSE(json["predictions"][1].contains("model_version"));
}

TEST_F(AnswerFormTest, NoRowsAreAnEmptyArray) {
  EXPECT_EQ(Text({}), R"({"model_version":"rain/3","predictions":[]})");
}

TEST_F(AnswerFormTest, EscapesNamesAndAppendsToWhatIsThere) {
  signature_.classes = {"a\"b", std::string(300, '\\')};
  champion_.model = registry::ModelName("back\\slash");
  std::string out = "before";
  const std::vector<float> extremes = {-1.17549435e-38F, 3.40282347e+38F};
  AnswerForm(signature_, champion_, nullptr).Append(std::vector(100, Row(champion_, 1, extremes)), out);
  ASSERT_TRUE(out.starts_with("before{"));
  const auto json = base::Json::parse(out.substr(6));
  EXPECT_EQ(json["model_version"], "back\\slash/3");
  ASSERT_EQ(json["predictions"].size(), 100u);
  EXPECT_EQ(json["predictions"][99]["label"], signature_.classes[1]);
}

}  // namespace
}  // namespace gyre::serve::internal
