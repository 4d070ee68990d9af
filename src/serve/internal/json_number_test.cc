#include "serve/internal/json_number.h"

#include <bit>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

namespace gyre::serve::internal {
namespace {

/// The value if all of `text` is a JSON number.
std::optional<double> Scan(const std::string& text) {
  const char* at = text.data();
  double value = 0;
  if (ScanNumber(at, text.data() + text.size(), value) != NumberScan::kNumber) return std::nullopt;
  return at == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

TEST(JsonNumber, ReadsWhatTheGrammarAllowsAndNothingElse) {
  for (const char* text : {"0", "-0", "7", "10.25", "-12.5e3", "1E+2", "1e-2", "0.0", "9007199254740993", "0e0"}) {
    EXPECT_EQ(Scan(text), std::strtod(text, nullptr)) << text;
  }
  for (const char* text : {"", "-", "01", "-01", "1.", ".5", "1.e3", "1e", "1e+", "+1", "0x10", "--1", "1.5.2"}) {
    EXPECT_FALSE(Scan(text)) << text;
  }
}

TEST(JsonNumber, GivesTheNearestDouble) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 200'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    const auto shortest = fmt::format("{}", value);
    ASSERT_EQ(Scan(shortest), value) << shortest;
  }
  for (int i = 0; i < 200'000; ++i) {
    auto text = fmt::format("{}.{}", random() % 100'000, random());
    text.resize(1 + random() % text.size());
    if (text.back() == '.') text.pop_back();
    ASSERT_EQ(Scan(text), std::strtod(text.c_str(), nullptr)) << text;
  }
}

TEST(JsonNumber, TellsTooLargeFromTooSmall) {
  const std::vector<std::string> large = {"1e400", "-1e400", "223456789e300", "1" + std::string(400, '0'),
                                          "0.001e5000"};
  for (const auto& text : large) {
    const char* at = text.data();
    double value = 0;
    EXPECT_EQ(ScanNumber(at, text.data() + text.size(), value), NumberScan::kTooLarge) << text;
  }
  const std::vector<std::string> small = {"1e-400", "0." + std::string(400, '0') + "1", "123e-99999999999999999999"};
  for (const auto& text : small) {
    EXPECT_EQ(Scan(text), 0.0) << text;
  }
  EXPECT_EQ(Scan("0e99999999999999999999"), 0.0);
  EXPECT_TRUE(std::signbit(*Scan("-1e-400")));
}

TEST(JsonNumber, ReadsNoByteBeyondItsEnd) {
  const std::string text = "12345";
  const char* at = text.data();
  double value = 0;
  ASSERT_EQ(ScanNumber(at, text.data() + 3, value), NumberScan::kNumber);
  EXPECT_EQ(value, 123);
}

}  // namespace
}  // namespace gyre::serve::internal
