#include "data/split.h"

#include <gmock/gmock.h>

#include "data/testing/table_fixture.h"

namespace gyre::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SplitTest : public testing::TableTest {
 protected:
  std::map<std::string, std::filesystem::path> outputs_ = {
      {"train", In("train.parquet")}, {"test", In("test.parquet")}, {"live", In("live.parquet")}};
};

TEST_F(SplitTest, CutsByTimeAtTheBoundaries) {
  const auto input =
      MakeParquet("in.parquet",
                  "SELECT TIMESTAMP '2013-01-01' + to_days(range::INTEGER) AS t, range AS i FROM range(10) "
                  "UNION ALL SELECT NULL, 99");
  const auto split = TimeSplit::FromJson({{"time", "t"},
                                          {"parts",
                                           {{"train", {{"before", "2013-01-04"}}},
                                            {"test", {{"from", "2013-01-04"}, {"before", "2013-01-06"}}},
                                            {"live", {{"from", "2013-01-09"}}}}}},
                                         "split")
                         .value();
  const auto tables = SplitByTime(work_, input, split, outputs_).value();
  EXPECT_EQ(tables.parts.at("train").rows, 3U);
  EXPECT_THAT(Rows(In("test.parquet")), ElementsAre("2013-01-04T00:00:00Z|3", "2013-01-05T00:00:00Z|4"));
  EXPECT_THAT(Rows(In("live.parquet")), ElementsAre("2013-01-09T00:00:00Z|8", "2013-01-10T00:00:00Z|9"));
  EXPECT_EQ(tables.left_out, 4U) << "three days between test and live, one row without a time";
}

TEST_F(SplitTest, RefusesPartsThatOverlapOrAreEmpty) {
  const auto error = [](const base::Json& parts) {
    const auto split = TimeSplit::FromJson({{"time", "t"}, {"parts", parts}}, "split");
    return split ? "accepted" : split.error().message();
  };
  EXPECT_THAT(error({{"a", {{"before", "2013-02-01"}}}, {"b", {{"from", "2013-01-01"}}}}),
              HasSubstr("parts 'a' and 'b' overlap"));
  EXPECT_THAT(error({{"a", {{"from", "2013-02-01"}}}, {"b", {{"from", "2013-03-01"}}}}), HasSubstr("overlap"));
  EXPECT_THAT(error({{"a", base::Json::object()}, {"b", base::Json::object()}}), HasSubstr("overlap"));
  EXPECT_THAT(error({{"a", {{"from", "2013-03-01"}, {"before", "2013-02-01"}}}}), HasSubstr("earlier"));
  EXPECT_THAT(error({{"a/b", base::Json::object()}}), HasSubstr("name of a part"));
  EXPECT_THAT(error({{"a", {{"from", "soon"}}}}), HasSubstr("split.parts.a.from"));
  EXPECT_THAT(error(base::Json::object()), HasSubstr("missing"));

  const auto input = MakeParquet("in.parquet", "SELECT TIMESTAMP '2013-01-01' AS t");
  const auto split =
      TimeSplit{.column = "t", .parts = {{.name = "live", .from = base::ParseTimestamp("2014-01-01").value()}}};
  EXPECT_THAT(SplitByTime(work_, input, split, outputs_).error().message(),
              HasSubstr("part 'live': there are no rows"));
}

TEST_F(SplitTest, DealsKeysOutByHash) {
  const auto input = MakeParquet("in.parquet",
                                 "SELECT range // 5 AS customer, CASE WHEN range % 7 > 0 THEN 'x' END AS k, range AS i "
                                 "FROM range(20000)");
  const auto split =
      HashSplit::FromJson({{"by", {"customer"}}, {"seed", 7}, {"parts", {{"test", 0.2}, {"train", 0.8}}}}, "split")
          .value();
  const auto tables = SplitByHash(work_, input, split, outputs_).value();
  const auto test = tables.parts.at("test").rows;
  EXPECT_EQ(test + tables.parts.at("train").rows, 20000U);
  EXPECT_EQ(tables.left_out, 0U);
  EXPECT_EQ(test % 5, 0U) << "the five rows of a customer stay together";
  EXPECT_NEAR(static_cast<double>(test), 4000, 4 * 5 * std::sqrt(4000 * 0.2 * 0.8));
  auto other = split;
  other.seed = 8;
  EXPECT_NE(SplitByHash(work_, input, other, outputs_).value().parts.at("test").content,
            tables.parts.at("test").content);
}

/// A row's part depends on its key alone; the first of these was computed with Python's hashlib:
/// int(sha256(b"7\x1fvann\x1fn").hexdigest()[:13], 16) / 2**52.
TEST_F(SplitTest, TheHashIsTheDocumentedOne) {
  const double place = 0.2005115971240674;
  const auto input = MakeParquet("in.parquet", "SELECT 'ann' AS a, NULL::VARCHAR AS b");
  const auto rows_in = [&](double share) {
    const HashSplit split{.by = {"a", "b"}, .seed = 7, .parts = {{.name = "test", .share = share}}};
    return SplitByHash(work_, input, split, outputs_).has_value();
  };
  EXPECT_TRUE(rows_in(place + 1e-9));
  EXPECT_FALSE(rows_in(place - 1e-9));
}

TEST_F(SplitTest, RefusesSharesThatMakeNoSense) {
  const auto error = [](const base::Json& json) { return HashSplit::FromJson(json, "split").error().message(); };
  EXPECT_THAT(error({{"by", {"k"}}, {"parts", {{"a", 0.7}, {"b", 0.4}}}}), HasSubstr("more than 1"));
  EXPECT_THAT(error({{"by", {"k"}}, {"parts", {{"a", 0}}}}), HasSubstr("above 0"));
  EXPECT_THAT(error({{"by", base::Json::array()}, {"parts", {{"a", 1}}}}), HasSubstr("no column"));
  EXPECT_THAT(error({{"parts", {{"a", 1}}}}), HasSubstr("split.by is missing"));
}

}  // namespace
}  // namespace gyre::data
