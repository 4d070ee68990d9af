#include "model/internal/number_json.h"

#include <bit>
#include <cmath>
#include <gtest/gtest.h>

namespace gyre::model::internal {
namespace {

TEST(FloatJson, IsTheShortestTextThatReadsBackAsTheSameBits) {
  uint32_t bits = 12345;
  for (int i = 0; i < 20'000; ++i) {
    bits = bits * 1'664'525 + 1'013'904'223;
    const auto value = std::bit_cast<float>(bits);
    if (!std::isfinite(value)) continue;
    const auto text = base::DumpJson(base::Json::array({FloatJson(value)}));
    const auto back = ReadFloats(base::ParseJson(text, "text").value(), "x", false).value();
    ASSERT_EQ(std::bit_cast<uint32_t>(back[0]), bits) << text;
  }
  EXPECT_EQ(FloatJson(0.1F).dump(), "0.1");
  EXPECT_EQ(FloatJson(-0.0F).dump(), "-0.0");
  EXPECT_TRUE(FloatJson(NAN).is_null());
  EXPECT_TRUE(FloatJson(INFINITY).is_null());
}

TEST(ReadFloats, NamesTheElementThatIsWrong) {
  const auto refusal = [](const char* text, bool nullable) {
    return ReadFloats(base::Json::parse(text), "profile.x", nullable).error().message();
  };
  EXPECT_EQ(refusal("[1, null]", false), "profile.x[1] must be a number");
  EXPECT_EQ(refusal("[1, \"2\"]", true), "profile.x[1] must be a number");
  EXPECT_EQ(refusal("[1e300]", true), "profile.x[0] is outside the range of float32");
  EXPECT_EQ(refusal("3", true), "profile.x must be a list");
  EXPECT_TRUE(std::isnan(ReadFloats(base::Json::parse("[null]"), "x", true).value()[0]));
}

}  // namespace
}  // namespace gyre::model::internal
