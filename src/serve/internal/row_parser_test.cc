#include "serve/internal/row_parser.h"

#include <cmath>
#include <gtest/gtest.h>

#include "serve/testing/weather.h"

namespace gyre::serve::internal {
namespace {

using base::ErrorCode;

class RowParserTest : public ::testing::Test {
 protected:
  explicit RowParserTest(const model::Signature& signature = testing::WeatherSignature()) : plan_(signature) {}

  base::Result<void> Parse(std::string_view body) {
    // An exact copy on the heap: a sanitizer sees a read beyond it.
    body_.assign(body.begin(), body.end());
    body_.shrink_to_fit();
    return parser_.Parse(plan_, {body_.data(), body_.size()}, limits_, batch_);
  }
  std::string Refusal(std::string_view body, ErrorCode code = ErrorCode::kUnprocessable) {
    const auto parsed = Parse(body);
    if (parsed) return "was accepted";
    EXPECT_EQ(parsed.error().code(), code) << parsed.error().message();
    return parsed.error().message();
  }
  std::string Malformed(std::string_view body) { return Refusal(body, ErrorCode::kInvalidArgument); }

  FeaturePlan plan_;
  ParseLimits limits_;
  RowParser parser_;
  RowBatch batch_;
  std::vector<char> body_;
};

TEST_F(RowParserTest, ReadsOneRow) {
  ASSERT_TRUE(Parse(R"({"temp": -3.5e1, "humid": 80, "origin": "JFK", "pressure": 1013.25})"));
  EXPECT_EQ(batch_.rows, 1u);
  EXPECT_EQ(batch_.numbers, (std::vector<float>{-35, 80, 1013.25F}));
  EXPECT_EQ(batch_.categories, std::vector<std::string_view>{"JFK"});
  EXPECT_EQ(batch_.event_times[0], RowBatch::kNoEventTime);
  EXPECT_EQ(batch_.keys[0], "");
}

TEST_F(RowParserTest, ReadsRowsWithTheirFieldsInAnyOrderAndSpaceAnywhere) {
  ASSERT_TRUE(
      Parse(" [ {\"origin\":\"LGA\",\"temp\":1,\"humid\":2,\"pressure\":3} ,\n"
            "\t{ \"humid\" : 5 , \"pressure\" : 6 , \"origin\" : \"EWR\" , \"temp\" : 4 } ] \r\n"));
  EXPECT_EQ(batch_.numbers, (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(batch_.categories, (std::vector<std::string_view>{"LGA", "EWR"}));
}

TEST_F(RowParserTest, AnEmptyArrayIsNoRows) {
  ASSERT_TRUE(Parse(" [ ] "));
  EXPECT_EQ(batch_.rows, 0u);
}

TEST_F(RowParserTest, WhatMayBeMissingMayBeNullOrAbsent) {
  ASSERT_TRUE(Parse(R"([{"temp":1,"humid":2,"origin":"EWR"},{"temp":1,"humid":2,"origin":"EWR","pressure":null}])"));
  EXPECT_TRUE(std::isnan(batch_.numbers[2]));
  EXPECT_TRUE(std::isnan(batch_.numbers[5]));
}

TEST_F(RowParserTest, NamesRowAndFeatureOfWhatItRefuses) {
  EXPECT_EQ(Refusal(R"([{"temp":1,"humid":2,"origin":"EWR"},{"temp":1,"origin":"EWR"}])"), "row 1: humid is missing");
  EXPECT_EQ(Refusal(R"({"temp":null})"), "row 0: temp is null, and the model has not learnt what to do without it");
  EXPECT_EQ(Refusal(R"({"temp":1,"humid":2,"temp":3})"), "row 0: temp is there twice");
  EXPECT_EQ(Refusal(R"({"temp":"1"})"), "row 0: temp must be a number, not a string");
  EXPECT_EQ(Refusal(R"({"temp":[1]})"), "row 0: temp must be a number, not an array");
  EXPECT_EQ(Refusal(R"({"temp":true})"), "row 0: temp must be a number, not a boolean");
  EXPECT_EQ(Refusal(R"({"origin":{}})"), "row 0: origin must be a string, not an object");
  EXPECT_EQ(Refusal(R"({"origin":7})"), "row 0: origin must be a string, not a number");
  EXPECT_EQ(Refusal(R"({"temp":3.5e38})"), "row 0: temp is 3.5e38, beyond the range of float32");
  EXPECT_EQ(Refusal(R"({"temp":-1e999})"), "row 0: temp is -1e999, beyond the range of float32");
}

TEST_F(RowParserTest, TheErrorsNameIsTheField) {
  EXPECT_EQ(Parse(R"({"temp":"1"})").error().name(), "temp");
  EXPECT_EQ(Parse(R"({"temperature":"1"})").error().name(), "temperature");
}

TEST_F(RowParserTest, HintsAtTheFeatureThatWasMeant) {
  EXPECT_EQ(Refusal(R"({"humidd":1})"), "row 0: the model has no feature 'humidd'; did you mean 'humid'?");
  EXPECT_EQ(Refusal(R"({"instances":[]})"),
            "row 0: the model has no feature 'instances'; its features are temp, humid, origin, pressure");
  const auto long_name = Refusal("{\"" + std::string(100'000, 'x') + "\":1}");
  EXPECT_LT(long_name.size(), 200u);
  EXPECT_EQ(Refusal("{\"" + std::string(59, 'x') + "\xC3\xBC\":1}").find("\xC3..."), std::string::npos);
}

TEST_F(RowParserTest, SaysAtWhichByteTheBodyStopsBeingJson) {
  const std::string at = "the body is not valid JSON at byte ";
  EXPECT_EQ(Malformed(""), at + "0: it is empty; send an object of features, or an array of them");
  EXPECT_EQ(Malformed("  7"), at + "2: expected an object of features, or an array of them");
  EXPECT_EQ(Malformed("[1]"), at + "1: expected an object of features");
  EXPECT_EQ(Refusal("[{}"), "row 0: temp is missing") << "a row is judged before what follows it";
}

class MalformedBody : public RowParserTest, public ::testing::WithParamInterface<std::pair<const char*, int>> {};

TEST_P(MalformedBody, IsRefusedAtItsByte) {
  const auto& [body, byte] = GetParam();
  EXPECT_TRUE(Malformed(body).starts_with(fmt::format("the body is not valid JSON at byte {}: ", byte)))
      << body << ": " << Malformed(body);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, MalformedBody,
    ::testing::Values(std::pair{"{", 1}, std::pair{"{\"temp\"", 7}, std::pair{"{\"temp\":", 8},
                      std::pair{"{\"temp\":1", 9}, std::pair{"{\"temp\":1,", 10}, std::pair{"{\"temp\":1,}", 10},
                      std::pair{"{,\"temp\":1}", 1}, std::pair{"{temp:1}", 1}, std::pair{"{\"temp\" 1}", 8},
                      std::pair{"{\"temp\":01}", 9}, std::pair{"{\"temp\":1.}", 10}, std::pair{"{\"temp\":-}", 9},
                      std::pair{"{\"temp\":+1}", 8}, std::pair{"{\"temp\":NaN}", 8}, std::pair{"{\"temp\":nan}", 8},
                      std::pair{"{\"temp\":Infinity}", 8}, std::pair{"{\"temp\":-Infinity}", 8},
                      std::pair{"{\"temp\":nul}", 8}, std::pair{"{\"temp\":1 2}", 10}, std::pair{"{\"te\nmp\":1}", 4},
                      std::pair{"{\"temp", 6}, std::pair{"{\"origin\":\"\\x\"}", 13},
                      std::pair{"{\"origin\":\"\\u12", 15}, std::pair{"{\"origin\":\"\\ud800\"}", 17},
                      std::pair{"{\"origin\":\"\\ud800\\u0041\"}", 23}, std::pair{"{\"origin\":\"\\udc00\"}", 17},
                      std::pair{"{\"origin\":\"\\u0000\"}", 17}, std::pair{"{\"origin\":\"\xff\"}", 12},
                      std::pair{"{\"origin\":\"\\n\xff\"}", 15}, std::pair{"\xEF\xBB\xBF{}", 0},
                      std::pair{"{'temp':1}", 1}, std::pair{"[{\"temp\":1]", 10}));

TEST_F(RowParserTest, MissingNumbersSentAsNanAreRefusedInWords) {
  EXPECT_EQ(Malformed(R"({"temp":1,"pressure":NaN})"),
            "the body is not valid JSON at byte 21: NaN is not a JSON value (row 0, pressure); send null for a missing "
            "value");
}

TEST_F(RowParserTest, InfinityIsRefusedInWords) {
  EXPECT_EQ(
      Malformed(R"([{"pressure":1,"temp":2,"humid":3,"origin":"EWR"},{"temp":-Infinity}])"),
      "the body is not valid JSON at byte 58: -Infinity is not a JSON value (row 1, temp); send null for a missing "
      "value");
}

TEST_F(RowParserTest, TextAfterTheDocumentIsRefused) {
  const std::string row = R"({"temp":1,"humid":2,"origin":"EWR"})";
  EXPECT_TRUE(Malformed(row + row).ends_with("at byte 35: something follows the end of the document"));
  EXPECT_TRUE(Malformed("[" + row + row + "]").ends_with("at byte 36: expected ',' or ']' after a row"));
  EXPECT_TRUE(Malformed("[" + row + ",]").ends_with("at byte 37: expected an object of features"));
}

TEST_F(RowParserTest, DecodesEscapesInNamesAndTexts) {
  ASSERT_TRUE(Parse(R"([{"t\u0065mp":1,"humid":2,"origin":"a\"\\\/\b\f\n\r\t\u00fc\u20ac\ud83c\udf27z"},)"
                    R"({"temp":1,"humid":2,"origin":"\u0045WR"}])"));
  EXPECT_EQ(batch_.categories[0], "a\"\\/\b\f\n\r\t\xC3\xBC\xE2\x82\xAC\xF0\x9F\x8C\xA7z");
  EXPECT_EQ(batch_.categories[1], "EWR");
}

TEST_F(RowParserTest, DecodedTextsStayWhereTheyAre) {
  std::string body = "[";
  for (int i = 0; i < 200; ++i) {
    body += fmt::format(R"({}{{"temp":{},"humid":2,"origin":"\u00fc{}","key":"\t{}"}})", i > 0 ? "," : "", i, i, i);
  }
  ASSERT_TRUE(Parse(body + "]"));
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(batch_.categories[static_cast<size_t>(i)], fmt::format("\xC3\xBC{}", i));
    ASSERT_EQ(batch_.keys[static_cast<size_t>(i)], fmt::format("\t{}", i));
  }
}

TEST_F(RowParserTest, ReadsEventTimeAndKey) {
  const std::string row = R"("temp":1,"humid":2,"origin":"EWR",)";
  ASSERT_TRUE(Parse("[{" + row + R"("event_time":"2013-10-01T05:00:00+02:00","key":"station 7"},)" +  //
                    "{" + row + R"("key":12,"event_time":1380603600123},)" +                          //
                    "{" + row + R"("key":null,"event_time":null},)" +                                 //
                    "{" + row + R"("event_time":-1}])"));
  EXPECT_EQ(base::FormatTimestamp(batch_.event_times[0]), "2013-10-01T03:00:00Z");
  EXPECT_EQ(base::FormatTimestamp(batch_.event_times[1]), "2013-10-01T05:00:00.123Z");
  EXPECT_EQ(batch_.event_times[2], RowBatch::kNoEventTime);
  EXPECT_EQ(base::FormatTimestamp(batch_.event_times[3]), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(batch_.keys, (std::vector<std::string_view>{"station 7", "12", "", ""}));
}

TEST_F(RowParserTest, RefusesEventTimesAndKeysOfAnotherForm) {
  const std::string form = "a time as RFC 3339 writes it, or whole milliseconds since 1970";
  EXPECT_EQ(Refusal(R"({"event_time":"yesterday"})"), "row 0: event_time is 'yesterday', but must be " + form);
  EXPECT_EQ(Refusal(R"({"event_time":1.5})"), "row 0: event_time is '1.5', but must be " + form);
  EXPECT_EQ(Refusal(R"({"event_time":1380603600123000000})"),
            "row 0: event_time is '1380603600123000000', but must be " + form);
  EXPECT_EQ(Refusal(R"({"event_time":true})"), "row 0: event_time must be " + form + ", not a boolean");
  EXPECT_EQ(Refusal(R"({"key":[]})"), "row 0: key must be a string or a number, not an array");
  EXPECT_EQ(Refusal("{\"key\":\"" + std::string(257, 'k') + "\"}"), "row 0: key is longer than 256 bytes");
}

TEST_F(RowParserTest, LimitsRowsAndValuesBeforeMemoryIsTaken) {
  limits_ = {.max_rows = 2, .max_values = 100};
  const std::string row = R"({"temp":1,"humid":2,"origin":"EWR"})";
  EXPECT_TRUE(Parse("[" + row + "," + row + "]"));
  EXPECT_EQ(Refusal("[" + row + "," + row + "," + row + "]", ErrorCode::kTooLarge),
            "the request has more than 2 rows; send them in several");
  limits_ = {.max_rows = 100, .max_values = 7};
  EXPECT_EQ(Refusal("[" + row + "," + row + "]", ErrorCode::kTooLarge),
            "the request has more than 7 values (4 a row); send the rows in several");
}

TEST_F(RowParserTest, AnErrorDoesNotSpoilTheNextRequest) {
  EXPECT_FALSE(Parse(R"([{"temp":1,"humid":2,"origin":"\u0045"},{"temp")"));
  ASSERT_TRUE(Parse(R"({"temp":1,"humid":2,"origin":"JFK"})"));
  EXPECT_EQ(batch_.rows, 1u);
  EXPECT_EQ(batch_.categories, std::vector<std::string_view>{"JFK"});
}

TEST_F(RowParserTest, SurvivesEveryTruncationOfABody) {
  const std::string body =
      R"([{"temp":-1.5e-3,"humid":2,"origin":"\u0045\ud83c\udf27","pressure":null,"event_time":"2013-10-01","key":1}])";
  for (size_t length = 0; length < body.size(); ++length) EXPECT_FALSE(Parse(body.substr(0, length))) << length;
  EXPECT_TRUE(Parse(body));
}

model::Signature OddNames() {
  model::Signature signature = testing::WeatherSignature();
  signature.inputs = {
      {.name = "event_time"}, {.name = "key"}, {.name = "say \"hi\""}, {.name = "a\\nb"}, {.name = "a\nb"}};
  return signature;
}

class OddlyNamedFeatures : public RowParserTest {
 protected:
  OddlyNamedFeatures() : RowParserTest(OddNames()) {}
};

TEST_F(OddlyNamedFeatures, AFeatureGoesBeforeAReservedField) {
  ASSERT_TRUE(Parse(R"({"event_time":1,"key":2,"say \"hi\"":3,"a\\nb":4,"a\nb":5})"));
  EXPECT_EQ(batch_.numbers, (std::vector<float>{1, 2, 3, 4, 5}));
  EXPECT_EQ(batch_.event_times[0], RowBatch::kNoEventTime);
  EXPECT_EQ(batch_.keys[0], "");
  EXPECT_EQ(Refusal(R"({"event_time":"2013-10-01"})"), "row 0: event_time must be a number, not a string");
}

TEST_F(RowParserTest, TwoPlansMayTakeTurns) {
  const FeaturePlan other(OddNames());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(Parse(R"({"humid":2,"temp":1,"origin":"JFK"})"));
    ASSERT_TRUE(parser_.Parse(other, R"({"key":2,"event_time":1,"say \"hi\"":3,"a\nb":5,"a\\nb":4})", limits_, batch_));
    EXPECT_EQ(batch_.numbers, (std::vector<float>{1, 2, 3, 4, 5}));
  }
}

TEST_F(RowParserTest, FreesWhatAHugeRequestLeftBehind) {
  std::string body = "[";
  for (int i = 0; i < 9000; ++i) body += R"({"temp":1,"humid":2,"origin":"JFK","key":"a\u0020long one"},)";
  body.back() = ']';
  ASSERT_TRUE(Parse(body));
  batch_.Trim();
  EXPECT_LT(batch_.unescaped.capacity() + batch_.categories.capacity() * 16, 2u << 20);
}

}  // namespace
}  // namespace gyre::serve::internal
