#include "data/profile.h"

#include <gmock/gmock.h>

#include "data/ingest.h"
#include "data/testing/table_fixture.h"

namespace gyre::data {
namespace {

using base::Json;
using ::testing::HasSubstr;

class ProfileTest : public testing::TableTest {
 protected:
  ColumnProfile Of(std::string_view select) {
    const auto file = MakeParquet("in.parquet", select);
    return IngestFile(work_, file, {}, In("out.parquet")).value().profile.at(0);
  }
};

/// Expected values by pandas and numpy: tests/golden/profile.py.
TEST_F(ProfileTest, AgreesWithPandas) {
  const std::filesystem::path data = GYRE_TEST_DATA;
  const auto profile = IngestFile(work_, data / "profile.csv", {}, In("out.parquet")).value().profile;
  const auto expected = base::ParseJson(base::ReadFile(data / "profile.json", 1 << 20).value(), "profile.json").value();
  ASSERT_EQ(profile.size(), expected.size());
  for (size_t i = 0; i < profile.size(); ++i) {
    const auto json = profile[i].ToJson();
    const auto& want = expected[i];
    SCOPED_TRACE(profile[i].name);
    for (const auto key : {"name", "count", "nulls", "distinct", "min", "max", "top"}) EXPECT_EQ(json[key], want[key]);
    const auto near = [](const Json& value, const Json& reference) {
      if (reference.is_null()) return value.is_null();
      return std::abs(value.get<double>() - reference.get<double>()) <= 1e-12 * std::abs(reference.get<double>());
    };
    EXPECT_TRUE(near(json["mean"], want.value("mean", Json()))) << json["mean"];
    EXPECT_TRUE(near(json["stddev"], want.value("stddev", Json()))) << json["stddev"];
    ASSERT_EQ(profile[i].quantiles.size(), want.value("quantiles", Json::array()).size());
    for (size_t q = 0; q < profile[i].quantiles.size(); ++q) {
      EXPECT_TRUE(near(profile[i].quantiles[q], want["quantiles"][q])) << "quantile " << q;
    }
  }
}

TEST_F(ProfileTest, HasNoFiguresWhereThereAreNone) {
  const auto nothing = Of("SELECT NULL::DOUBLE AS x FROM range(3)");
  EXPECT_EQ(nothing.count, 0U);
  EXPECT_EQ(nothing.nulls, 3U);
  EXPECT_EQ(nothing.minimum, engine::Value(nullptr));
  EXPECT_FALSE(nothing.mean);
  EXPECT_TRUE(nothing.quantiles.empty());
  const auto one = Of("SELECT 5::BIGINT AS x");
  EXPECT_EQ(one.mean, 5.0);
  EXPECT_FALSE(one.stddev);
  EXPECT_EQ(one.quantiles, std::vector<double>(7, 5.0));
  const auto time = Of("SELECT TIMESTAMP '2013-10-01' AS t");
  EXPECT_FALSE(time.mean);
  EXPECT_EQ(time.ToJson()["min"], "2013-10-01T00:00:00Z");
}

/// The largest doubles must not turn a profile into an error or into JSON without numbers.
TEST_F(ProfileTest, SurvivesTheEndsOfTheRange) {
  const auto wide = Of("SELECT * FROM (VALUES (1.7e308::DOUBLE), (-1.7e308), (1.7e308), (4.9e-324)) t(x)");
  EXPECT_EQ(wide.minimum, engine::Value(-1.7e308));
  EXPECT_EQ(wide.maximum, engine::Value(1.7e308));
  EXPECT_EQ(wide.quantiles.at(6), 1.7e308);
  for (const double value : wide.quantiles) EXPECT_TRUE(std::isfinite(value));
  const auto integers = Of("SELECT * FROM (VALUES (9223372036854775807), (-9223372036854775808)) t(x)");
  EXPECT_EQ(integers.minimum, engine::Value(INT64_MIN));
  EXPECT_EQ(integers.maximum, engine::Value(INT64_MAX));
  EXPECT_EQ(ColumnProfile::FromJson(integers.ToJson(), "p").value(), integers);
}

TEST_F(ProfileTest, CutsLongTextsBetweenCharacters) {
  const auto profile = Of("SELECT 'x' || repeat('é', 300) AS t");
  const auto& cut = std::get<std::string>(profile.top.at(0).value);
  EXPECT_EQ(cut.size(), 199U);
  EXPECT_EQ(profile.maximum, profile.top.at(0).value);
}

TEST(ProfileJsonTest, RefusesWhatIsNotAProfile) {
  const Json good = {{"name", "x"}, {"type", "number"}, {"count", 1}, {"nulls", 0}, {"distinct", 1}, {"min", 1.5}};
  EXPECT_TRUE(ColumnProfile::FromJson(good, "p"));
  const auto error = [&](std::string_view key, const Json& value) {
    auto bad = good;
    bad[std::string(key)] = value;
    const auto profile = ColumnProfile::FromJson(bad, "p");
    return profile ? "accepted" : profile.error().message();
  };
  EXPECT_THAT(error("count", -1), HasSubstr("p.count must be an integer of 0 or more"));
  EXPECT_THAT(error("type", "float"), HasSubstr("'float' is not a type"));
  EXPECT_THAT(error("min", "low"), HasSubstr("p.min must be a number"));
  EXPECT_THAT(error("quantiles", {{{"q", 0.5}, {"value", 1}}}), HasSubstr("must have 7 entries"));
  EXPECT_THAT(error("top", {{{"value", true}, {"count", 1}}}), HasSubstr("p.top.value must be a number"));
  EXPECT_FALSE(ColumnProfile::FromJson(Json::array(), "p"));
}

}  // namespace
}  // namespace gyre::data
