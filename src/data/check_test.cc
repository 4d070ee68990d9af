#include "data/check.h"

#include <gmock/gmock.h>

#include "data/ingest.h"
#include "data/testing/table_fixture.h"

namespace gyre::data {
namespace {

using ::testing::HasSubstr;

std::vector<Expectation> Parse(std::string_view yaml) {
  const auto expectations = ParseExpectations(base::ParseYaml(yaml, "test").value(), "expectations");
  EXPECT_TRUE(expectations) << (expectations ? "" : expectations.error().ToString());
  return expectations.value_or(std::vector<Expectation>());
}

class CheckTest : public testing::TableTest {
 protected:
  ExpectationReport Check(std::string_view yaml) { return CheckExpectations(work_, input_, Parse(yaml)).value(); }
  ExpectationResult One(std::string_view yaml) {
    auto report = Check(yaml);
    EXPECT_EQ(report.results.size(), 1U);
    return report.results.at(0);
  }

  std::filesystem::path input_ = MakeParquet("in.parquet", R"sql(
      SELECT * FROM (VALUES
        ('EWR', 1::BIGINT, 50.0, TIMESTAMP '2013-01-01 00:00:00', true),
        ('JFK', 2, 140.0, TIMESTAMP '2013-01-01 01:00:00', true),
        ('JFK', 2, NULL, TIMESTAMP '2013-01-01 01:00:00', false),
        ('ZZZ', 3, -1.0, TIMESTAMP '2013-01-01 03:00:00', false),
        (NULL, 1, 0.0, TIMESTAMP '2013-01-01 02:00:00', NULL)) t(origin, i, humid, "at", flag))sql");
};

TEST_F(CheckTest, BoundsCountWhatLiesOutside) {
  const auto result = One("[{column: humid, between: [0, 100]}]");
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.name, "humid between 0 and 100");
  EXPECT_EQ(result.total, 4U);
  EXPECT_EQ(result.missing, 1U);
  EXPECT_EQ(result.unexpected, 2U);
  EXPECT_EQ(result.message, "2 of 4 rows are not as expected (50%)");
  ASSERT_EQ(result.samples.size(), 2U);
  EXPECT_EQ(result.samples[0].row, 2U);
  EXPECT_EQ(result.samples[0].values, base::Json({{"humid", 140.0}}));
  EXPECT_EQ(result.samples[1].row, 4U);
  EXPECT_EQ(One("[{column: humid, between: [null, 100]}]").unexpected, 1U);
  EXPECT_EQ(One("[{column: humid, between: [-1, 140]}]").unexpected, 0U) << "bounds are included";
  EXPECT_EQ(One("[{column: at, between: [2013-01-01T01:00:00Z, 2013-01-01T02:00:00Z]}]").unexpected, 2U);
  EXPECT_EQ(One("[{column: origin, between: [EWR, JFK]}]").unexpected, 1U);
}

TEST_F(CheckTest, MostlyToleratesAShare) {
  EXPECT_TRUE(One("[{column: humid, between: [0, 100], mostly: 0.5}]").passed);
  EXPECT_FALSE(One("[{column: humid, between: [0, 100], mostly: 0.51}]").passed);
  EXPECT_TRUE(One("[{column: humid, not_null: true, mostly: 0.8}]").passed);
  EXPECT_FALSE(One("[{column: humid, not_null: true}]").passed);
  EXPECT_EQ(One("[{column: humid, not_null: true}]").samples.at(0).row, 3U);
}

TEST_F(CheckTest, SetsPatternsAndTypes) {
  const auto set = One("[{column: origin, in_set: [EWR, JFK, LGA]}]");
  EXPECT_EQ(set.unexpected, 1U);
  EXPECT_EQ(set.samples.at(0).values, base::Json({{"origin", "ZZZ"}}));
  EXPECT_TRUE(One("[{column: i, in_set: [1, 2, 3]}]").passed);
  EXPECT_TRUE(One("[{column: flag, in_set: [true, false]}]").passed);
  EXPECT_TRUE(One("[{column: origin, matches: '^[A-Z]{3}$'}]").passed);
  EXPECT_FALSE(One("[{column: origin, matches: '^[A-W]+$'}]").passed);
  EXPECT_TRUE(One("[{column: i, type: number}]").passed) << "an integer is a number";
  const auto type = One("[{column: humid, type: integer}]");
  EXPECT_FALSE(type.passed);
  EXPECT_EQ(type.message, "it is of type number");
}

TEST_F(CheckTest, UniquenessAndOrder) {
  EXPECT_EQ(One("[{column: i, unique: true}]").unexpected, 4U);
  const auto pair = One("[{columns: [origin, at], unique: true}]");
  EXPECT_EQ(pair.unexpected, 2U);
  EXPECT_EQ(pair.total, 4U) << "a row without an origin has no key";
  EXPECT_EQ(pair.samples.at(1).row, 3U);
  EXPECT_EQ(pair.samples.at(0).values, base::Json({{"origin", "JFK"}, {"at", "2013-01-01T01:00:00Z"}}));
  EXPECT_EQ(One("[{column: at, increasing: true}]").samples.at(0).row, 5U);
  EXPECT_EQ(One("[{column: at, increasing: strictly}]").unexpected, 2U);
  EXPECT_TRUE(One("[{column: at, increasing: true, by: [origin]}]").passed);
}

TEST_F(CheckTest, RowCountsAndCustomSql) {
  EXPECT_TRUE(One("[{rows: {min: 5, max: 5}}]").passed);
  const auto few = One("[{rows: {min: 6}}]");
  EXPECT_FALSE(few.passed);
  EXPECT_EQ(few.message, "there are 5 rows");
  const auto custom = One("[{name: flags are set, sql: 'SELECT origin, i FROM dataset WHERE NOT flag'}]");
  EXPECT_FALSE(custom.passed);
  EXPECT_EQ(custom.name, "flags are set");
  EXPECT_EQ(custom.unexpected, 2U);
  EXPECT_EQ(custom.samples.at(0).values, base::Json({{"i", 2}, {"origin", "JFK"}}));
  EXPECT_TRUE(One("[{sql: SELECT * FROM dataset WHERE i > 9}]").passed);
}

TEST_F(CheckTest, WhatCannotBeCheckedFailsWithTheReason) {
  EXPECT_THAT(One("[{column: humidd, between: [0, 1]}]").message, HasSubstr("did you mean 'humid'?"));
  EXPECT_THAT(One("[{column: nope, exists: true}]").message, HasSubstr("there is no column 'nope'"));
  EXPECT_THAT(One("[{column: origin, between: [0, 1]}]").message, HasSubstr("cannot be compared with 0"));
  EXPECT_THAT(One("[{column: at, in_set: [soon]}]").message, HasSubstr("'soon' is not a time"));
  EXPECT_THAT(One("[{column: origin, matches: '['}]").message, HasSubstr("missing ]"));
  EXPECT_THAT(One("[{sql: SELECT nope FROM dataset}]").message, HasSubstr("nope"));
  EXPECT_THAT(One("[{sql: SELECT random() FROM dataset}]").message, HasSubstr("another answer"));
  EXPECT_THAT(One("[{sql: 'SELECT * FROM read_text(''/etc/passwd'')'}]").message, HasSubstr("read_text"));
  EXPECT_FALSE(CheckExpectations(work_, In("absent.parquet"), {}));
}

TEST_F(CheckTest, TheReportIsJson) {
  const auto report = Check("[{column: humid, type: number, between: [0, 100]}]");
  EXPECT_FALSE(report.passed());
  const auto json = report.ToJson();
  EXPECT_EQ(json["rows"], 5);
  EXPECT_EQ(json["results"][0]["kind"], "type");
  EXPECT_EQ(json["results"][0]["passed"], true);
  EXPECT_EQ(json["results"][1]["samples"][0], base::Json({{"row", 2}, {"values", {{"humid", 140.0}}}}));
}

/// What examples/weather can rely on; the outlier is one of the two things that are wrong with the table.
TEST_F(CheckTest, HoldsForTheWeatherTable) {
  ASSERT_TRUE(IngestFile(work_, Weather(GYRE_SOURCE_DIR), {.nulls = {"NA"}}, In("in.parquet")));
  const auto report = Check(R"(
      - {rows: {min: 20000, max: 30000}}
      - {column: origin, not_null: true, in_set: [EWR, JFK, LGA]}
      - {column: time_hour, type: timestamp, not_null: true}
      - {columns: [origin, time_hour], unique: true}
      - {column: time_hour, increasing: strictly, by: [origin]}
      - {column: temp, type: number, between: [-30, 120]}
      - {column: humid, between: [0, 100]}
      - {column: pressure, between: [870, 1085]}
      - {column: pressure, not_null: true, mostly: 0.85}
      - {column: wind_speed, between: [0, 150], mostly: 0.999}
      - {name: dew point is not above the temperature, sql: SELECT * FROM dataset WHERE dewp > temp + 0.5})");
  EXPECT_TRUE(report.passed()) << base::PrettyJson(report.ToJson());
  const auto outlier = One("[{column: wind_speed, between: [0, 150]}]");
  EXPECT_EQ(outlier.unexpected, 1U);
  EXPECT_EQ(outlier.samples.at(0).row, 1010U);
}

TEST(ExpectationTest, ReadsTheShortForms) {
  const auto list = Parse(R"(
      - {column: humid, type: number, not_null: true, between: [0, 100], mostly: 0.99}
      - {column: wind_dir, between: [0, null]}
      - {rows: {min: 10}}
      - {name: mine, column: x, unique: true})");
  ASSERT_EQ(list.size(), 6U);
  EXPECT_EQ(list[1].kind, ExpectationKind::kNotNull);
  EXPECT_EQ(list[2].name, "humid between 0 and 100 (mostly 0.99)");
  EXPECT_FALSE(list[2].is_hard());
  EXPECT_EQ(list[3].minimum, engine::Value(int64_t{0}));
  EXPECT_EQ(list[3].maximum, engine::Value(nullptr));
  EXPECT_EQ(list[3].name, "wind_dir at least 0");
  EXPECT_TRUE(list[3].is_hard());
  EXPECT_EQ(list[5].name, "mine");
}

TEST(ExpectationTest, NamesTheMistake) {
  const auto error = [](std::string_view yaml) {
    const auto parsed = ParseExpectations(base::ParseYaml(yaml, "test").value(), "e");
    return parsed ? "accepted" : parsed.error().message();
  };
  EXPECT_THAT(error("{column: x}"), HasSubstr("must be a list"));
  EXPECT_THAT(error("[{column: x}]"), HasSubstr("e[0].column expects nothing"));
  EXPECT_THAT(error("[{column: x, betwen: [0, 1]}]"), HasSubstr("did you mean 'between'?"));
  EXPECT_THAT(error("[{between: [0, 1]}]"), HasSubstr("e[0].column is missing"));
  EXPECT_THAT(error("[{column: x, between: [1, 0]}]"), HasSubstr("above its highest"));
  EXPECT_THAT(error("[{column: x, between: [1]}]"), HasSubstr("[lowest, highest]"));
  EXPECT_THAT(error("[{column: x, between: [null, null]}]"), HasSubstr("no bound"));
  EXPECT_THAT(error("[{column: x, between: [0, b]}]"), HasSubstr("one kind"));
  EXPECT_THAT(error("[{column: x, in_set: []}]"), HasSubstr("no values"));
  EXPECT_THAT(error("[{column: x, in_set: [[1]]}]"), HasSubstr("not a number, text"));
  EXPECT_THAT(error("[{column: x, not_null: false}]"), HasSubstr("can only be true"));
  EXPECT_THAT(error("[{column: x, not_null: true, mostly: 1.5}]"), HasSubstr("at most 1"));
  EXPECT_THAT(error("[{column: x, type: float}]"), HasSubstr("'float' is not a type"));
  EXPECT_THAT(error("[{columns: [x, y], not_null: true}]"), HasSubstr("only unique takes several"));
  EXPECT_THAT(error("[{column: x, increasing: sometimes}]"), HasSubstr("true or strictly"));
  EXPECT_THAT(error("[{rows: {}}]"), HasSubstr("needs min, max or both"));
  EXPECT_THAT(error("[{rows: {min: -1}}]"), HasSubstr("0 or more"));
  EXPECT_THAT(error("[{sql: SELECT 1, column: x}]"), HasSubstr("not a known field"));
}

}  // namespace
}  // namespace gyre::data
