#include "package/internal/golden_choice.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gyre::package::internal {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::Lt;

model::Signature OneNumber(bool nullable) {
  model::Signature signature;
  signature.inputs = {{.name = "x", .nullable = nullable, .maximum = 1000}};
  signature.classes = {"a", "b"};
  signature.positive_class = "b";
  return signature;
}

model::Frame Count(size_t rows) {
  model::FeatureColumn x{.name = "x", .type = model::FeatureType::kNumber, .numbers = {}, .categories = {}};
  for (size_t i = 0; i < rows; ++i) x.numbers.push_back(static_cast<float>(i));
  return {.columns = {x}};
}

TEST(ChooseGolden, SpreadsOverAllRows) {
  const auto chosen = ChooseGolden(OneNumber(true), Count(1000), std::vector<int32_t>(1000));
  ASSERT_EQ(chosen.size(), kGoldenRows);
  EXPECT_TRUE(std::ranges::is_sorted(chosen));
  EXPECT_EQ(std::set(chosen.begin(), chosen.end()).size(), chosen.size());
  EXPECT_GT(chosen.back(), 900);
}

TEST(ChooseGolden, TakesEveryRowOfFew) {
  EXPECT_EQ(ChooseGolden(OneNumber(true), Count(5), std::vector<int32_t>(5)), (std::vector<size_t>{0, 1, 2, 3, 4}));
  EXPECT_TRUE(ChooseGolden(OneNumber(true), Count(0), {}).empty());
}

TEST(ChooseGolden, FindsTheOneRowOfARareClassAndTheOneWithAGap) {
  auto rows = Count(1000);
  rows.columns[0].numbers[777] = NAN;
  std::vector<int32_t> predicted(1000, 0);
  predicted[333] = 1;
  const auto chosen = ChooseGolden(OneNumber(true), rows, predicted);
  EXPECT_THAT(chosen, Contains(333));
  EXPECT_THAT(chosen, Contains(777));
  EXPECT_EQ(chosen.size(), kGoldenRows);
}

TEST(ChooseGolden, LeavesOutWhatTheSignatureRefuses) {
  auto rows = Count(1000);
  for (size_t i = 500; i < 1000; ++i) rows.columns[0].numbers[i] = i % 2 == 0 ? 5000.0F : NAN;
  const auto chosen = ChooseGolden(OneNumber(false), rows, std::vector<int32_t>(1000));
  EXPECT_FALSE(chosen.empty());
  EXPECT_THAT(chosen, Each(Lt(500)));
}

}  // namespace
}  // namespace gyre::package::internal
