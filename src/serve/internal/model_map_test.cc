#include "serve/internal/model_map.h"

#include <cmath>
#include <gtest/gtest.h>

#include "serve/testing/weather.h"

namespace gyre::serve::internal {
namespace {

class ModelMapTest : public ::testing::Test {
 protected:
  std::string InTheWay() {
    const auto map = ModelMap::Between(endpoint_, model_);
    if (map) return "nothing";
    EXPECT_EQ(map.error().code(), base::ErrorCode::kFailedPrecondition);
    return map.error().message();
  }

  const model::Signature endpoint_ = testing::WeatherSignature();
  model::Signature model_ = testing::WeatherSignature();
};

TEST_F(ModelMapTest, EqualSignaturesTakeTheRowsAsTheyAre) {
  EXPECT_TRUE(ModelMap::Between(endpoint_, model_).value().same_inputs());
}

TEST_F(ModelMapTest, GathersColumnsByNameAndLeavesOutWhatTheModelDoesNotKnow) {
  model_.inputs = {{.name = "pressure", .nullable = true}, {.name = "dew", .nullable = true}, {.name = "temp"}};
  const auto map = ModelMap::Between(endpoint_, model_).value();
  EXPECT_FALSE(map.same_inputs());
  RowBatch batch;
  batch.rows = 3;
  batch.numbers = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  batch.categories = {"EWR", "JFK", "LGA"};
  std::vector<float> numbers;
  std::vector<std::string_view> categories = {"stale"};
  map.Gather(batch, std::vector<uint32_t>{0, 2}, numbers, categories);
  ASSERT_EQ(numbers.size(), 6u);
  EXPECT_EQ(numbers[0], 3);
  EXPECT_TRUE(std::isnan(numbers[1]));
  EXPECT_EQ(numbers[2], 1);
  EXPECT_EQ(numbers[3], 9);
  EXPECT_EQ(numbers[5], 7);
  EXPECT_TRUE(categories.empty());
}

TEST_F(ModelMapTest, PutsClassesIntoTheEndpointsOrder) {
  model_.classes = {"rain", "dry"};
  const auto map = ModelMap::Between(endpoint_, model_).value();
  EXPECT_EQ(map.LabelOf(0), 1);
  std::vector<float> to(2);
  map.CopyProbabilities(std::vector<float>{0.9F, 0.1F}, to);
  EXPECT_EQ(to, (std::vector<float>{0.1F, 0.9F}));
}

TEST_F(ModelMapTest, SaysWhatIsInTheWay) {
  model_.inputs.push_back({.name = "wind"});
  EXPECT_EQ(InTheWay(), "it needs the feature 'wind', which the champion's callers do not send");
  model_.inputs.back() = {.name = "wind", .nullable = true};
  EXPECT_EQ(InTheWay(), "nothing");
  model_ = endpoint_;
  model_.inputs[0].type = model::FeatureType::kCategory;
  EXPECT_EQ(InTheWay(), "its feature 'temp' is a category, the champion's a number");
  model_ = endpoint_;
  model_.classes = {"dry", "rain", "snow"};
  EXPECT_EQ(InTheWay(), "its classes are dry, rain, snow, the champion's dry, rain");
  model_.classes = {"dry", "snow"};
  EXPECT_EQ(InTheWay(), "its classes are dry, snow, the champion's dry, rain");
  model_ = endpoint_;
  model_.probability_output.clear();
  EXPECT_EQ(InTheWay(), "one answers with probabilities and the other without: their rows cannot be compared");
  model_.task = model::Task::kRegression;
  EXPECT_EQ(InTheWay(), "one classifies and the other does not");
}

}  // namespace
}  // namespace gyre::serve::internal
