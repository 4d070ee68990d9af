#include "data/internal/csv_value.h"

#include <gmock/gmock.h>

namespace gyre::data::internal {
namespace {

std::string_view TypeOf(std::initializer_list<std::string_view> values) {
  TypeGuess guess;
  for (const auto value : values) guess.See(value, 2);
  return engine::DataTypeName(guess.Type());
}

TEST(CsvValueTest, ReadsNumbersAsPeopleWriteThem) {
  for (const std::string_view text : {"0", "-1.5", "+2", ".5", "5.", " 1e3\t", "1E-3", "123456789012345"}) {
    EXPECT_TRUE(ReadNumber(text)) << text;
  }
  for (const std::string_view text :
       {"", " ", ".", "-", "1e", "1e+", "inf", "nan", "0x10", "1,5", "1 2", "--1", "1e999", "١"}) {
    EXPECT_FALSE(ReadNumber(text)) << text;
  }
  EXPECT_EQ(ReadNumber("10.357019999999999"), 10.357019999999999);
  EXPECT_EQ(ReadInteger(" -9223372036854775808 "), INT64_MIN);
  EXPECT_FALSE(ReadInteger("9223372036854775808"));
  EXPECT_FALSE(ReadInteger("1.0"));
}

TEST(CsvValueTest, ReadsTimesAsRfc3339) {
  const auto at = base::ParseTimestamp("2013-10-01T03:00:00Z").value();
  EXPECT_EQ(ReadTimestamp("2013-10-01T05:00:00+02:00"), at);
  EXPECT_EQ(ReadTimestamp("2013-10-01 03:00"), at);
  EXPECT_FALSE(ReadTimestamp("01.10.2013 03:00"));
  EXPECT_FALSE(ReadTimestamp("2013-02-30"));
}

TEST(CsvValueTest, TakesTheNarrowestTypeThatLosesNothing) {
  EXPECT_EQ(TypeOf({"true", "False"}), "boolean");
  EXPECT_EQ(TypeOf({"true", "1"}), "text");
  EXPECT_EQ(TypeOf({"1", "0"}), "integer");
  EXPECT_EQ(TypeOf({"1", "2.5"}), "number");
  EXPECT_EQ(TypeOf({"1", "007"}), "text");
  EXPECT_EQ(TypeOf({"-0.5", "0.5"}), "number");
  EXPECT_EQ(TypeOf({"1234567890123456"}), "integer");
  EXPECT_EQ(TypeOf({"1234567890123456", "0.5"}), "text") << "a double keeps 15 digits";
  EXPECT_EQ(TypeOf({"2013-10-01", "2013-10-01T05:00:00Z"}), "timestamp");
  EXPECT_EQ(TypeOf({"2013-10-01", "2013"}), "text");
  EXPECT_EQ(TypeOf({}), "text");
}

TEST(CsvValueTest, NotesAreForColumnsThatAreNearlyNumbers) {
  TypeGuess guess;
  for (int i = 0; i < 9; ++i) guess.See("1", 2);
  guess.See("n/a", 11);
  EXPECT_THAT(guess.Note("x"), ::testing::HasSubstr("1 of its 10 values are not numbers, the first 'n/a' on line 11"));
  TypeGuess words;
  words.See("one", 2);
  EXPECT_EQ(words.Note("x"), "");
}

}  // namespace
}  // namespace gyre::data::internal
