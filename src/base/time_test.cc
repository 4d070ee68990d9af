#include "base/time.h"

#include <gtest/gtest.h>

namespace gyre::base {
namespace {

TEST(Timestamp, ReadsWhatItWrites) {
  for (const char* text : {"2013-10-01T05:00:00Z", "1969-12-31T23:59:59.999Z", "2024-02-29T00:00:00.000001Z"}) {
    EXPECT_EQ(FormatTimestamp(ParseTimestamp(text).value()), text);
  }
}

TEST(Timestamp, UnderstandsOffsetsFractionsAndPlainDates) {
  const auto utc = ParseTimestamp("2013-10-01T05:00:00Z").value();
  EXPECT_EQ(ParseTimestamp("2013-10-01T01:00:00-04:00").value(), utc);
  EXPECT_EQ(ParseTimestamp("2013-10-01 05:00").value(), utc);
  EXPECT_EQ(ParseTimestamp("2013-10-01").value(), utc - std::chrono::hours(5));
  EXPECT_EQ(ParseTimestamp("2013-10-01T05:00:00.1234567Z").value(), utc + std::chrono::microseconds(123456));
}

TEST(Timestamp, RefusesWhatIsNoTime) {
  for (const char* text : {"", "2013", "2013-13-01", "2013-02-30", "2013-10-01T25:00:00Z", "2013-10-01T05:00:00X",
                           "2013-10-01T05:00:00Zx", "-013-10-01", "2013-10-01T05:00:00."}) {
    EXPECT_FALSE(ParseTimestamp(text)) << text;
  }
}

TEST(Duration, ReadsUnitsAndRefusesTheRest) {
  EXPECT_EQ(ParseDuration("250ms").value(), std::chrono::milliseconds(250));
  EXPECT_EQ(ParseDuration("1.5h").value(), std::chrono::minutes(90));
  EXPECT_EQ(ParseDuration("7d").value(), std::chrono::hours(168));
  for (const char* text : {"", "5", "-1s", "5 m", "1y", "nans"}) EXPECT_FALSE(ParseDuration(text)) << text;
}

TEST(Duration, IsWrittenAsItIsRead) {
  for (const char* text : {"7d", "36h", "90m", "45s", "250ms", "1001us", "0s"}) {
    EXPECT_EQ(DurationText(ParseDuration(text).value()), text);
  }
}

}  // namespace
}  // namespace gyre::base
