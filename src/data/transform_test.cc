#include "data/transform.h"

#include <gmock/gmock.h>

#include "data/ingest.h"
#include "data/testing/table_fixture.h"

namespace gyre::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TransformTest : public testing::TableTest {
 protected:
  base::Result<TableFacts> Run(std::string_view sql) {
    return Transform(work_, {{"t", input_}, {"names", names_}}, sql, In("out.parquet"));
  }
  std::string Refusal(std::string_view sql) {
    const auto facts = Run(sql);
    return facts ? "accepted" : facts.error().message();
  }

  std::filesystem::path input_ = MakeParquet(
      "t.parquet", "SELECT * FROM (VALUES (1, 'b', 2.0), (2, 'a', NULL), (3, 'b', 4.0), (4, 'a', 8.0)) t(i, k, x)");
  std::filesystem::path names_ = MakeParquet("n.parquet", "SELECT * FROM (VALUES ('a', 'Ann'), ('b', 'Bob')) t(k, n)");
};

TEST_F(TransformTest, RunsSqlOverNamedInputs) {
  const auto facts = Run(R"(
      -- joined, widened and ordered
      SELECT n, i::TINYINT AS i, lag(x) OVER (PARTITION BY k ORDER BY i) AS previous, x / nullif(i, i) AS gone
      FROM t JOIN names USING (k) WHERE x IS NULL OR x < 9
      ORDER BY n, i DESC;  -- end
  )");
  ASSERT_TRUE(facts) << facts.error().ToString();
  EXPECT_THAT(Rows(In("out.parquet")),
              ElementsAre("Ann|4|NULL|NULL", "Ann|2|NULL|NULL", "Bob|3|2.0|NULL", "Bob|1|NULL|NULL"));
  EXPECT_EQ(facts->rows, 4U);
  EXPECT_EQ(facts->schema.columns[1].type, engine::DataType::kInteger);
  EXPECT_FALSE(facts->source);
}

TEST_F(TransformTest, GivesTheSameBytesEveryTime) {
  const auto sql = "SELECT k, sum(x) AS s, avg(x * 0.1) AS a, first(i) AS f FROM t GROUP BY k";
  const auto first = Run(sql).value();
  const auto bytes = base::ReadFile(In("out.parquet"), 1 << 20).value();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Run(sql).value(), first);
    EXPECT_TRUE(base::ReadFile(In("out.parquet"), 1 << 20).value() == bytes);
  }
}

TEST_F(TransformTest, RefusesWhatIsNotAFunctionOfTheInputs) {
  EXPECT_THAT(Refusal("SELECT *, now() AS at FROM t"), HasSubstr("now, which may give another answer each time"));
  EXPECT_THAT(Refusal("SELECT * FROM t ORDER BY random()"), HasSubstr("random"));
  EXPECT_THAT(Refusal("SELECT * FROM other"), HasSubstr("'other', which is none of its inputs (names, t)"));
  EXPECT_THAT(Refusal("SELECT * FROM read_parquet('" + names_.string() + "')"), HasSubstr("read_parquet()"));
  EXPECT_THAT(Refusal("INSERT INTO t VALUES (1)"), HasSubstr("one SELECT"));
}

TEST_F(TransformTest, SaysWhatIsWrongWithTheResult) {
  EXPECT_THAT(Refusal("SELECT nope FROM t"), HasSubstr("nope"));
  EXPECT_THAT(Refusal("SELECT i, i AS I FROM t"), HasSubstr("differ only in case"));
  EXPECT_THAT(Refusal("SELECT * FROM t WHERE i > 9"), HasSubstr("no rows"));
  EXPECT_THAT(Refusal("SELECT {'a': i} AS s FROM t"), HasSubstr("'s' is of type STRUCT"));
  EXPECT_THAT(Refusal("SELECT 'inf'::DOUBLE AS x FROM t"), HasSubstr("row 1"));
  EXPECT_THAT(Refusal("SELECT k::BIGINT AS k FROM t"), HasSubstr("'b'"));
  EXPECT_FALSE(std::filesystem::exists(In("out.parquet")));
}

/// The example's features are causal: with everything after a moment cut off, the rows up to it are the same.
TEST_F(TransformTest, TheWeatherFeaturesDoNotLookAhead) {
  const auto sql =
      base::ReadFile(std::filesystem::path(GYRE_SOURCE_DIR) / "examples/weather/features.sql", 1 << 20).value();
  const auto features = [&](std::string_view before) {
    const auto filter = TimeFilter::FromJson({{"column", "time_hour"}, {"before", before}}, "time").value();
    EXPECT_TRUE(IngestFile(work_, Weather(GYRE_SOURCE_DIR), {.nulls = {"NA"}, .time = filter}, In("weather.parquet")));
    EXPECT_TRUE(Transform(work_, {{"weather", In("weather.parquet")}}, sql, In("features.parquet")));
    return Rows(In("features.parquet"));
  };
  const auto whole = features("2014-01-01");
  EXPECT_EQ(whole.size(), 26067U);
  const auto cut = features("2013-02-01T03:00:00Z");
  ASSERT_EQ(cut.size(), 2214U);
  EXPECT_TRUE(std::equal(cut.begin(), cut.end(), whole.begin()));
}

}  // namespace
}  // namespace gyre::data
