#include "model/frame.h"

#include <gtest/gtest.h>

namespace gyre::model {
namespace {

Frame Weather() {
  return {
      .columns = {{.name = "temp", .type = FeatureType::kNumber, .numbers = {1, 2, 3}, .categories = {}},
                  {.name = "origin", .type = FeatureType::kCategory, .numbers = {}, .categories = {"JFK", "", "LGA"}}}};
}

TEST(Frame, TakesRowsInTheOrderAsked) {
  const auto taken = Weather().Take({2, 0, 2});
  EXPECT_EQ(taken.rows(), 3);
  EXPECT_EQ(taken.Find("temp")->numbers, (std::vector<float>{3, 1, 3}));
  EXPECT_EQ(taken.Find("origin")->categories, (std::vector<std::string>{"LGA", "JFK", "LGA"}));
  EXPECT_EQ(Weather().Take({}).rows(), 0);
}

TEST(Frame, NamesTheColumnThatIsShorterOrThereTwice) {
  auto frame = Weather();
  EXPECT_TRUE(frame.Check());
  frame.columns[1].categories.pop_back();
  EXPECT_EQ(frame.Check().error().message(), "column origin has 2 rows, but temp has 3");
  frame = Weather();
  frame.columns[1].name = "temp";
  EXPECT_EQ(frame.Check().error().message(), "column temp is there twice");
}

TEST(FeatureType, ReadsBackItsOwnNames) {
  for (const auto type : {FeatureType::kNumber, FeatureType::kCategory}) {
    EXPECT_EQ(ParseFeatureType(FeatureTypeName(type)).value(), type);
  }
  EXPECT_FALSE(ParseFeatureType("text"));
}

}  // namespace
}  // namespace gyre::model
