#include "data/ingest.h"

#include <fstream>
#include <gmock/gmock.h>
#include <random>

#include "data/testing/table_fixture.h"

namespace gyre::data {
namespace {

using engine::DataType;
using engine::Value;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class IngestTest : public testing::TableTest {
 protected:
  base::Result<TableFacts> Ingest(const std::filesystem::path& file, const IngestOptions& options = {}) {
    return IngestFile(work_, file, options, In("out.parquet"));
  }
  base::Result<TableFacts> IngestText(std::string_view text, const IngestOptions& options = {}) {
    return Ingest(Write("in.csv", text), options);
  }
  std::string Refusal(std::string_view text, const IngestOptions& options = {}) {
    std::filesystem::remove(In("out.parquet"));
    const auto facts = IngestText(text, options);
    EXPECT_EQ(std::filesystem::exists(In("out.parquet")), facts.has_value()) << "a refused file leaves no output";
    return facts ? "accepted" : facts.error().message();
  }
  std::vector<std::string> Types(const TableFacts& facts) {
    std::vector<std::string> types;
    for (const auto& column : facts.schema.columns) types.emplace_back(engine::DataTypeName(column.type));
    return types;
  }
};

TEST_F(IngestTest, ReadsTheWeatherTable) {
  const auto facts = Ingest(Weather(GYRE_SOURCE_DIR), {.nulls = {"NA"}}).value();
  EXPECT_EQ(facts.rows, 26115U);
  EXPECT_THAT(Types(facts),
              ElementsAre("text", "integer", "integer", "integer", "integer", "number", "number", "number", "integer",
                          "number", "number", "number", "number", "number", "timestamp"));
  EXPECT_EQ(facts.source->sha256.ToHex(), "5d1ea2548a3941eac0b4a9ca70805daa9fa49bbb711a0c7557b2bba0bd7c3f64");
  EXPECT_EQ(facts.source->bytes, 2294215U);
  EXPECT_TRUE(facts.notes.empty());

  // Figures from pandas 3.1 (describe, nunique, value_counts).
  const auto& humid = facts.profile[7];
  EXPECT_EQ(humid.name, "humid");
  EXPECT_EQ(humid.count, 26114U);
  EXPECT_EQ(humid.nulls, 1U);
  EXPECT_EQ(humid.minimum, Value(12.74));
  EXPECT_EQ(humid.maximum, Value(100.0));
  EXPECT_NEAR(humid.mean.value(), 62.53005897219883, 1e-11);
  EXPECT_NEAR(humid.stddev.value(), 19.395918280873026, 1e-11);
  EXPECT_DOUBLE_EQ(humid.quantiles.at(2), 47.05);
  EXPECT_DOUBLE_EQ(humid.quantiles.at(3), 61.79);
  EXPECT_DOUBLE_EQ(humid.quantiles.at(4), 78.79);
  const auto& precip = facts.profile[11];
  EXPECT_EQ(precip.top.at(0).value, Value(0.0));
  EXPECT_EQ(precip.top.at(0).count, 24366U);
  EXPECT_EQ(precip.top.at(1).value, Value(0.01));
  EXPECT_EQ(precip.top.at(1).count, 454U);
  const auto& origin = facts.profile[0];
  EXPECT_EQ(origin.distinct, 3U);
  EXPECT_EQ(origin.top.at(0), (ColumnProfile::ValueCount{std::string("JFK"), 8706}));
  EXPECT_EQ(facts.profile[14].minimum, Value(base::ParseTimestamp("2013-01-01T06:00:00Z").value()));
}

TEST_F(IngestTest, WithoutItsNullsSaysWhichValueMadeAColumnText) {
  const auto facts = Ingest(Weather(GYRE_SOURCE_DIR)).value();
  EXPECT_EQ(Types(facts)[12], "text");
  EXPECT_THAT(facts.notes, ::testing::Contains(AllOf(HasSubstr("'pressure' is text"), HasSubstr("2729 of its 26115"),
                                                     HasSubstr("'NA'"), HasSubstr("nulls"))));
}

TEST_F(IngestTest, IsAPureFunctionOfItsBytes) {
  const auto first = Ingest(Weather(GYRE_SOURCE_DIR), {.nulls = {"NA"}}).value();
  const auto bytes = base::ReadFile(In("out.parquet"), 1 << 30).value();
  EXPECT_EQ(Ingest(Weather(GYRE_SOURCE_DIR), {.nulls = {"NA"}}).value(), first);
  EXPECT_TRUE(base::ReadFile(In("out.parquet"), 1 << 30).value() == bytes);
  EXPECT_EQ(TableFacts::FromJson(base::ParseJson(base::DumpJson(first.ToJson()), "facts").value()).value(), first);
}

TEST_F(IngestTest, FindsTheNarrowestTypeThatLosesNothing) {
  const auto facts = IngestText(
                         "b,i,n,t,d,zip,id,mixed,text\n"
                         "true,1,1.5,2013-01-01T06:00:00Z,2013-01-01,00501,12345678901234567890,1,x\n"
                         "FALSE,-20, 2e3 ,2013-01-01 06:00,2013-12-31,10001,2,2.5,inf\n")
                         .value();
  EXPECT_THAT(Types(facts),
              ElementsAre("boolean", "integer", "number", "timestamp", "timestamp", "text", "text", "number", "text"));
  EXPECT_THAT(Rows(In("out.parquet")),
              ElementsAre("true|1|1.5|2013-01-01T06:00:00Z|2013-01-01T00:00:00Z|00501|12345678901234567890|1.0|x",
                          "false|-20|2000.0|2013-01-01T06:00:00Z|2013-12-31T00:00:00Z|10001|2|2.5|inf"));
}

TEST_F(IngestTest, TypesByTheWholeFileNotBySample) {
  std::string text = "a,b\n";
  for (int i = 0; i < 60000; ++i) text += fmt::format("{},{}\n", i, i);
  text += "60000,6.5\n60001,late word\n";
  const auto facts = IngestText(text).value();
  EXPECT_THAT(Types(facts), ElementsAre("integer", "text"));
  EXPECT_THAT(facts.notes.at(0), AllOf(HasSubstr("1 of its 60002"), HasSubstr("'late word' on line 60003")));
}

TEST_F(IngestTest, KnowsMissingValues) {
  const auto facts = IngestText("a,b,c\n1,,NA\n\"\",x,2\n\"NA\",\"NA\",-999\n", {.nulls = {"NA", "-999"}}).value();
  EXPECT_THAT(Types(facts), ElementsAre("integer", "text", "integer"));
  EXPECT_THAT(Rows(In("out.parquet")), ElementsAre("1|NULL|NULL", "NULL|x|2", "NULL|NULL|NULL"));
  EXPECT_EQ(facts.profile[0].nulls, 2U);
  EXPECT_TRUE(facts.schema.columns[0].nullable);
}

TEST_F(IngestTest, ReadsQuotesLineEndsAndSeparators) {
  EXPECT_TRUE(IngestText("a,b\r\n\"x, \"\"y\"\"\",\"two\nlines\"\r\n\r\nplain \"inside\",last"));
  EXPECT_THAT(Rows(In("out.parquet")), ElementsAre("x, \"y\"|two\nlines", "plain \"inside\"|last"));
  EXPECT_TRUE(IngestText("\xef\xbb\xbf a ;\"b;c\"\r1;2\r3;4\r"));
  EXPECT_THAT(Rows(In("out.parquet")), ElementsAre("1|2", "3|4"));
  EXPECT_EQ(IngestText("a\tb,c\td\n1\t2\t3\n").value().schema.columns[1].name, "b,c");
  EXPECT_EQ(IngestText("a|b\n1|2\n", {.delimiter = ','}).value().schema.columns[0].name, "a|b");
  EXPECT_EQ(IngestText("name\nJürgen\n北京\n").value().rows, 2U);
}

TEST_F(IngestTest, RefusesBrokenFilesWithTheLine) {
  EXPECT_EQ(Refusal(""), "in.csv is empty");
  EXPECT_EQ(Refusal("\n\n"), "in.csv is empty");
  EXPECT_EQ(Refusal("a,b\n"), "in.csv has a header and no rows");
  EXPECT_EQ(Refusal("a,b\n1,2\n3\n"), "in.csv line 3: 1 fields where the header has 2");
  EXPECT_EQ(Refusal("a,b\n\"x\ny\",2\n3,4,5\n"), "in.csv line 4: 3 fields where the header has 2");
  EXPECT_THAT(Refusal("a,b\n1,\"open\n2,3\n"), HasSubstr("line 2: a quote is opened and never closed"));
  EXPECT_THAT(Refusal("a,b\n1,\"x\"y\n"), HasSubstr("line 2: text stands behind a closing quote"));
  EXPECT_THAT(Refusal("a,a\n1,2\n"), HasSubstr("two columns 'a'"));
  EXPECT_THAT(Refusal("Temp,temp\n1,2\n"), HasSubstr("'Temp' and 'temp' differ only in case"));
  EXPECT_THAT(Refusal("a,,c\n1,2,3\n"), HasSubstr("column 2 has no name"));
  EXPECT_THAT(Refusal("a,b\n1,caf\xe9\n"), HasSubstr("line 2: the text is not valid UTF-8"));
  EXPECT_THAT(Refusal(std::string_view("a,b\n1,\0\n", 8)), HasSubstr("line 2: there is a zero byte"));
  EXPECT_THAT(Refusal(std::string_view("\xff\xfe"
                                       "a\0,\0",
                                       6)),
              HasSubstr("UTF-16"));
  EXPECT_THAT(Refusal("\x1f\x8b\x08 garbage"), HasSubstr("compressed"));
  EXPECT_EQ(Ingest(In("absent.csv")).error().code(), base::ErrorCode::kNotFound);
}

TEST_F(IngestTest, BoundsHeadersAndRecords) {
  std::string wide;
  for (size_t i = 0; i <= kMaxColumns; ++i) wide += fmt::format("c{},", i);
  EXPECT_THAT(Refusal(wide + "x\n1\n"), HasSubstr("more than 4096"));
  EXPECT_THAT(Refusal("a\n\"" + std::string(18 << 20, 'x')), HasSubstr("is a quote left open?"));
}

TEST_F(IngestTest, GivesColumnsTheTypeAskedFor) {
  const IngestOptions options{.types = {{"zip", DataType::kText}, {"code", DataType::kInteger}}};
  EXPECT_THAT(Types(IngestText("zip,code\n1,007\n", options).value()), ElementsAre("text", "integer"));
  EXPECT_THAT(Refusal("zip,code\n1,2\n3,x4\n", options),
              HasSubstr("line 3: 'x4' in column 'code' is not of type integer"));
  EXPECT_THAT(Refusal("zip,cod\n1,2\n", options), HasSubstr("did you mean 'cod'?"));
}

TEST_F(IngestTest, FiltersRows) {
  const std::string text = "t,x\n2013-01-01,1\n2013-02-01,2\n2013-03-01,3\n,4\n";
  const auto filter = TimeFilter::FromJson({{"column", "t"}, {"from", "2013-01-01"}, {"before", "2013-03-01"}}, "time");
  EXPECT_EQ(IngestText(text, {.time = filter.value()}).value().rows, 2U);
  EXPECT_EQ(IngestText(text, {.where = "x > 1 -- not one"}).value().rows, 3U);
  EXPECT_EQ(IngestText(text, {.where = "x > 1", .time = filter.value()}).value().rows, 1U);
  EXPECT_THAT(Refusal(text, {.where = "x > 9"}), HasSubstr("no rows"));
  EXPECT_THAT(Refusal(text, {.where = "random() > 0"}), HasSubstr("another answer"));
  EXPECT_THAT(Refusal(text, {.where = "1 = 1) UNION SELECT * FROM read_text('/etc/passwd'"}), HasSubstr("read_text"));
  EXPECT_THAT(Refusal(text, {.where = "nope = 1"}), HasSubstr("nope"));
}

TEST_F(IngestTest, ReadsParquetAndWidensIt) {
  const auto file = MakeParquet("in.parquet",
                                "SELECT 1::TINYINT AS i, 'nan'::FLOAT AS f, 1.25::DECIMAL(4, 2) AS d, "
                                "DATE '2013-10-01' AS day, TIMESTAMPTZ '2013-10-01 02:00:00+02' AS z, 'x' AS t");
  const auto facts = Ingest(file).value();
  EXPECT_THAT(Types(facts), ElementsAre("integer", "number", "number", "timestamp", "timestamp", "text"));
  EXPECT_THAT(Rows(In("out.parquet")), ElementsAre("1|NULL|1.25|2013-10-01T00:00:00Z|2013-10-01T00:00:00Z|x"));
  EXPECT_EQ(facts.source->name, "in.parquet");
  EXPECT_THAT(Types(Ingest(file, {.types = {{"i", DataType::kText}}}).value())[0], "text");
}

TEST_F(IngestTest, RefusesParquetThatCannotBeATable) {
  const auto refusal = [&](std::string_view select) {
    return Ingest(MakeParquet("in.parquet", select)).error().message();
  };
  EXPECT_THAT(refusal("SELECT [1, 2] AS list"), HasSubstr("'list' is of type INTEGER[]"));
  EXPECT_THAT(refusal("SELECT CASE WHEN range = 2 THEN 'inf'::DOUBLE ELSE range END AS x FROM range(5)"),
              HasSubstr("column 'x' is Infinity in row 3"));
  EXPECT_THAT(refusal("SELECT 'infinity'::TIMESTAMP AS t"), HasSubstr("years 1 to 9999"));
  EXPECT_THAT(refusal("SELECT 1 AS a WHERE false"), HasSubstr("no rows"));
  Write("bad.parquet", "PAR1 this is no Parquet file PAR1");
  EXPECT_FALSE(Ingest(In("bad.parquet")));
}

/// Damaged Parquet ends in an error, or in a table where the damage hit nothing that is read.
TEST_F(IngestTest, SurvivesDamagedParquet) {
  const auto file = MakeParquet("in.parquet",
                                "SELECT range AS i, sin(range) AS x, 'text ' || (range % 50) AS t, "
                                "TIMESTAMP '2013-01-01' + to_hours(range) AS at FROM range(2000)");
  const auto whole = base::ReadFile(file, 1 << 20).value();
  std::mt19937 random(11);
  int refused = 0;
  for (int i = 0; i < 40; ++i) {
    auto bytes = whole;
    if (i % 4 == 0) bytes.resize(random() % bytes.size());
    for (int flip = 0; flip < 3 && !bytes.empty(); ++flip)
      bytes[random() % bytes.size()] ^= static_cast<char>(1 << (random() % 8));
    std::ofstream(file, std::ios::binary) << bytes;
    const auto facts = Ingest(file);
    refused += facts ? 0 : 1;
    EXPECT_EQ(std::filesystem::exists(In("out.parquet")), facts.has_value());
    std::filesystem::remove(In("out.parquet"));
  }
  EXPECT_GT(refused, 10);
}

/// Equal content is equal whatever file it came in, and any difference shows.
TEST_F(IngestTest, TheContentDigestIsOfTheRowsNotOfTheFile) {
  const auto content = [&](std::string_view text) { return IngestText(text).value().content; };
  const auto base_digest = content("a,b\n1,x\n2,\n");
  EXPECT_EQ(content("a;b\r\n\"1\";x\r\n2;\"\"\r\n"), base_digest);
  EXPECT_EQ(
      Ingest(MakeParquet("in.parquet", "SELECT * FROM (VALUES (1::TINYINT, 'x'), (2, NULL)) t(a, b)")).value().content,
      base_digest);
  EXPECT_NE(content("a,b\n2,\n1,x\n"), base_digest) << "order";
  EXPECT_NE(content("a,c\n1,x\n2,\n"), base_digest) << "name";
  EXPECT_NE(content("a,b\n1.0,x\n2,\n"), base_digest) << "type";
  EXPECT_NE(content("a,b\n1,x\n2,y\n"), base_digest) << "null";
  EXPECT_NE(content("b,a\nx,1\n,2\n"), base_digest) << "column order";
}

/// The digest is a contract (docs/formats/dataset.md): this one was computed by tests/golden/table_digest.py.
TEST_F(IngestTest, TheContentDigestIsTheDocumentedOne) {
  EXPECT_EQ(
      IngestText("a,x,t,b,at\n1,0.5,é,true,2013-10-01\n-2,,,false,2013-10-01T05:00:00.25Z\n").value().content.ToHex(),
      "ce7422fb296811cbd812ce7ed8b5826bcf534121ad0d846b058b849eca144e8f");
}

TEST_F(IngestTest, StopsWhenCancelled) {
  work_.cancel = base::Cancellation::Make();
  work_.cancel.Cancel();
  EXPECT_EQ(Ingest(Weather(GYRE_SOURCE_DIR)).error().code(), base::ErrorCode::kCancelled);
}

TEST(IngestOptionsTest, ReadsItsJson) {
  const auto json = base::ParseYaml(R"(
      format: csv
      delimiter: ";"
      nulls: [NA]
      types: {zip: text}
      where: x > 1
      time: {column: t, before: 2013-10-01})",
                                    "options")
                        .value();
  const auto options = IngestOptions::FromJson(json, "source").value();
  EXPECT_EQ(options.delimiter, ';');
  EXPECT_EQ(options.types.at("zip"), DataType::kText);
  EXPECT_EQ(options.time->before, base::ParseTimestamp("2013-10-01").value());
  const auto error = [](const base::Json& bad) { return IngestOptions::FromJson(bad, "source").error().message(); };
  EXPECT_THAT(error({{"null", {"NA"}}}), HasSubstr("source.null is not a known field; did you mean 'nulls'?"));
  EXPECT_THAT(error({{"types", {{"a", "float"}}}}), HasSubstr("'float' is not a type"));
  EXPECT_THAT(error({{"delimiter", "||"}}), HasSubstr("one character"));
  EXPECT_THAT(error({{"time", {{"column", "t"}, {"from", "2014-01-01"}, {"before", "2013-01-01"}}}}),
              HasSubstr("earlier"));
}

}  // namespace
}  // namespace gyre::data
