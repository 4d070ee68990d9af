#include "base/text.h"

#include <gtest/gtest.h>
#include <limits>

#include "base/hash.h"
#include "base/id.h"
#include "base/testing/seeded_entropy.h"

namespace gyre::base {
namespace {

TEST(Hex, ReadsWhatItWritesAndRefusesTheRest) {
  EXPECT_EQ(HexDecode("00ffA0").value(), std::string("\x00\xff\xa0", 3));
  EXPECT_FALSE(HexDecode("0"));
  EXPECT_FALSE(HexDecode("0g"));
}

TEST(Numbers, MustBeTheWholeText) {
  EXPECT_EQ(ParseInt("-7"), -7);
  EXPECT_FALSE(ParseInt("7 "));
  EXPECT_FALSE(ParseInt(""));
  EXPECT_EQ(ParseDouble("1e3"), 1000.0);
  EXPECT_FALSE(ParseDouble("1e"));
}

TEST(Numbers, AreWrittenAsTheShortestTextThatReadsBack) {
  EXPECT_EQ(FormatDouble(0.1), "0.1");
  EXPECT_EQ(FormatDouble(-std::numeric_limits<double>::infinity()), "-Infinity");
}

TEST(Utf8, AcceptsTextAndRefusesOverlongSurrogateAndCutSequences) {
  EXPECT_TRUE(IsValidUtf8("gr\xC3\xBC\xC3\x9F \xF0\x9F\x8C\xA7"));
  for (const char* bytes : {"\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\xFF", "\x80"}) {
    EXPECT_FALSE(IsValidUtf8(bytes));
  }
}

TEST(ReplaceAll, ReplacesEveryOccurrenceOnce) {
  EXPECT_EQ(ReplaceAll("a/b/c", "/", "//"), "a//b//c");
  EXPECT_EQ(ReplaceAll("abc", "x", "y"), "abc");
}

TEST(ClosestMatch, FindsSlipsAndNotStrangers) {
  const std::vector<std::string> known = {"temperature", "humidity", "pressure"};
  EXPECT_EQ(ClosestMatch("Humidty", known), "humidity");
  EXPECT_FALSE(ClosestMatch("origin", known));
}

TEST(Names, AreSafeAsPathSegments) {
  EXPECT_TRUE(IsValidName("rain-2_v1.0"));
  for (const char* name : {"", ".", "..", ".hidden", "a/b", "a b", "a\n"}) EXPECT_FALSE(IsValidName(name)) << name;
  EXPECT_FALSE(IsValidName(std::string(129, 'a')));
}

TEST(Keys, MayLookLikeRelativePathsThatNameThemselves) {
  for (const char* key : {"loss", "val/f1 score", "a.b-c_d:e", ".hidden", "gr\xC3\xBC\xC3\x9F"}) {
    EXPECT_TRUE(IsValidKey(key)) << key;
  }
  for (const char* key : {"", ".", "..", "..a", "/a", "a/", "a//b", "./a", "a/../b", "a;b", "a\n", "a\xFF"}) {
    EXPECT_FALSE(IsValidKey(key)) << key;
  }
  std::string umlauts;
  for (int i = 0; i < 250; ++i) umlauts += "\xC3\xBC";
  EXPECT_EQ(Utf8Length(umlauts), 250u);
  EXPECT_TRUE(IsValidKey(umlauts));
  EXPECT_FALSE(IsValidKey(umlauts + "a"));
}

TEST(Ids, AreThirtyTwoHexDigitsAndDiffer) {
  testing::SeededEntropy entropy(1);
  const auto first = NewHexId(entropy);
  EXPECT_EQ(first.size(), 32u);
  EXPECT_NE(first, NewHexId(entropy));
}

TEST(Sha256, EqualsThePublishedVectors) {
  EXPECT_EQ(Sha256Of(std::string_view("abc")).ToHex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 hash;
  hash.Update("a").Update("bc");
  EXPECT_EQ(hash.Finish(), Sha256Of(std::string_view("abc")));
  EXPECT_EQ(HmacSha256("Jefe", "what do ya want for nothing?").ToHex(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");  // RFC 4231, case 2
  EXPECT_FALSE(Digest::Parse("ba78"));
}

}  // namespace
}  // namespace gyre::base
