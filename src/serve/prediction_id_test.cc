#include "serve/prediction_id.h"

#include <gtest/gtest.h>

#include "base/testing/seeded_entropy.h"

namespace gyre::serve {
namespace {

class PredictionIdTest : public ::testing::Test {
 protected:
  PredictionId IdAt(std::string_view time) { return NewPredictionId(base::ParseTimestamp(time).value(), entropy_); }
  base::testing::SeededEntropy entropy_{1};
};

TEST_F(PredictionIdTest, IsAVersion7UuidWithoutDashes) {
  const auto text = FormatPredictionId(IdAt("2013-10-01T05:00:00.123Z"));
  ASSERT_EQ(text.size(), 32u);
  EXPECT_EQ(text.substr(0, 12), fmt::format("{:012x}", 1380603600123));
  EXPECT_EQ(text[12], '7');
  EXPECT_NE(std::string_view("89ab").find(text[16]), std::string_view::npos);
}

TEST_F(PredictionIdTest, SortsByArrivalAndTellsIt) {
  const auto early = IdAt("2013-10-01T05:00:00.001999Z");
  const auto late = IdAt("2013-10-01T05:00:00.002Z");
  EXPECT_LT(early, late);
  EXPECT_LT(FormatPredictionId(early), FormatPredictionId(late));
  EXPECT_EQ(base::FormatTimestamp(ArrivalOf(early)), "2013-10-01T05:00:00.001Z");
}

TEST_F(PredictionIdTest, NoTwoOfOneMomentAreAlike) {
  std::set<PredictionId> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(IdAt("2013-10-01"));
  EXPECT_EQ(ids.size(), 1000u);
}

TEST_F(PredictionIdTest, ReadsWhatItWritesInEitherCaseAndNothingElse) {
  const auto id = IdAt("2024-02-29T12:00:00Z");
  const auto text = FormatPredictionId(id);
  EXPECT_EQ(ParsePredictionId(text).value(), id);
  auto upper = text;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(ParsePredictionId(upper).value(), id);
  for (const auto& wrong : {std::string(), text.substr(1), text + "0", text + "00", "g" + text.substr(1)}) {
    EXPECT_EQ(ParsePredictionId(wrong).error().code(), base::ErrorCode::kInvalidArgument) << wrong;
  }
}

}  // namespace
}  // namespace gyre::serve
