#include "engine/engine.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "engine/appender.h"
#include "engine/sql.h"

namespace gyre::engine {
namespace {

using base::ErrorCode;

class EngineTest : public ::testing::Test {
 protected:
  std::filesystem::path In(std::string_view name) const { return folder_.path() / name; }
  Engine Open(std::vector<std::filesystem::path> files = {}, uint64_t memory = 1ULL << 30) const {
    return Engine::Open({.memory_bytes = memory, .files = std::move(files)}).value();
  }
  Table Ask(std::string_view sql) { return connection_.Query(sql).value(); }

  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-engine-test").value();
  Engine engine_ = Open();
  Connection connection_ = engine_.Connect().value();
};

TEST_F(EngineTest, ReadsEveryTypeColumnWise) {
  const auto table = Ask(R"sql(
      SELECT * FROM (VALUES
        (true, 1::TINYINT, 2::UINTEGER, 3::HUGEINT, 1.5::FLOAT, 2.25::DECIMAL(6,2), 'short', DATE '2013-10-01',
         TIMESTAMP '2013-10-01 05:00:00.25', 'b'::ENUM('a', 'b'), TIMESTAMPTZ '2013-10-01 05:00:00+02'),
        (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        (false, -1, 4294967295, -3, -0.5, -1234.56, 'longer than twelve bytes', DATE '1969-12-31',
         TIMESTAMP '1969-12-31 23:59:59', 'a', TIMESTAMPTZ '1969-12-31 00:00:00Z')) t)sql");
  ASSERT_EQ(table.rows(), 3U);
  const auto& c = table.columns;
  EXPECT_EQ(c[0].type, DataType::kBoolean);
  EXPECT_EQ(c[0].integers, (std::vector<int64_t>{1, 0, 0}));
  EXPECT_EQ(c[0].valid, (std::vector<uint8_t>{1, 0, 1}));
  EXPECT_EQ(c[1].integers, (std::vector<int64_t>{1, 0, -1}));
  EXPECT_EQ(c[2].integers, (std::vector<int64_t>{2, 0, 4294967295}));
  EXPECT_EQ(c[3].integers, (std::vector<int64_t>{3, 0, -3}));
  EXPECT_EQ(c[4].numbers, (std::vector<double>{1.5, 0, -0.5}));
  EXPECT_EQ(c[5].numbers, (std::vector<double>{2.25, 0, -1234.56}));
  EXPECT_EQ(c[6].texts, (std::vector<std::string>{"short", "", "longer than twelve bytes"}));
  EXPECT_EQ(c[7].At(0), Value(base::ParseTimestamp("2013-10-01").value()));
  EXPECT_EQ(c[7].At(2), Value(base::ParseTimestamp("1969-12-31").value()));
  EXPECT_EQ(c[8].At(0), Value(base::ParseTimestamp("2013-10-01T05:00:00.25Z").value()));
  EXPECT_EQ(c[9].texts, (std::vector<std::string>{"b", "", "a"}));
  EXPECT_EQ(c[10].At(0), Value(base::ParseTimestamp("2013-10-01T03:00:00Z").value()));
  for (const auto& column : c) EXPECT_EQ(column.At(1), Value(nullptr)) << column.name;
}

TEST_F(EngineTest, RefusesValuesThatATableCannotHold) {
  EXPECT_EQ(connection_.Query("SELECT 170141183460469231731687303715884105727 AS big").error().name(), "big");
  EXPECT_EQ(connection_.Query("SELECT 18446744073709551615::UBIGINT AS big").error().code(), ErrorCode::kUnprocessable);
  EXPECT_EQ(connection_.Query("SELECT [1, 2] AS list").error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(EngineTest, BindsParametersOfEveryType) {
  const std::vector<Value> parameters = {
      nullptr, true, int64_t{7}, 0.5, std::string("it's"), base::ParseTimestamp("2013-10-01").value()};
  const auto table = connection_.Query("SELECT $1, $2, $3, $4, $5, $6", parameters).value();
  std::vector<Value> answered;
  for (const auto& column : table.columns) answered.push_back(column.At(0));
  EXPECT_EQ(answered, parameters);
  EXPECT_EQ(connection_.Query("SELECT $1").error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(EngineTest, StreamsBatchesInOrderAndStopsAtTheFirstError) {
  int64_t next = 0;
  const auto columns = connection_.Stream("SELECT range AS i FROM range(100000)", [&](const Table& batch) {
    for (const int64_t i : batch.columns[0].integers) EXPECT_EQ(i, next++);
    return base::Ok();
  });
  EXPECT_EQ(next, 100000);
  EXPECT_EQ(columns.value().at(0).name, "i");
  int batches = 0;
  const auto stopped = connection_.Stream("SELECT range FROM range(100000)", [&](const Table&) -> base::Result<void> {
    ++batches;
    return base::Unprocessable("enough");
  });
  EXPECT_EQ(stopped.error().message(), "enough");
  EXPECT_EQ(batches, 1);
  EXPECT_EQ(Ask("SELECT 1").rows(), 1U) << "the connection is usable after a stream ended early";
}

TEST_F(EngineTest, AnEmptyResultHasItsColumns) {
  const auto table = Ask("SELECT 1::BIGINT AS a, 'x' AS b WHERE false");
  EXPECT_EQ(table.rows(), 0U);
  EXPECT_EQ(table.columns.at(1).name, "b");
}

TEST_F(EngineTest, SaysWhoIsAtFaultForAnError) {
  EXPECT_EQ(connection_.Query("SELEC 1").error().code(), ErrorCode::kInvalidArgument);
  const auto unknown = connection_.Query("SELECT nope FROM range(3)").error();
  EXPECT_EQ(unknown.code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(unknown.message().find("nope"), std::string::npos);
  EXPECT_EQ(unknown.message().find('\n'), std::string::npos) << unknown.message();
  EXPECT_EQ(connection_.Query("SELECT 'x'::BIGINT").error().code(), ErrorCode::kUnprocessable);
  EXPECT_EQ(connection_.Execute("CREATE TABLE t(a INTEGER); DROP TABLE t").error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(EngineTest, SqlSeesItsFilesAndNothingElse) {
  const auto own = In("own.parquet");
  const auto other = In("other.parquet");
  auto maker = Open({own, other});
  auto make = maker.Connect().value();
  ASSERT_TRUE(make.WriteParquet("SELECT 1 AS a", own));
  ASSERT_TRUE(make.WriteParquet("SELECT 2 AS a", other));

  auto engine = Open({own});
  auto confined = engine.Connect().value();
  EXPECT_EQ(confined.Query(fmt::format("SELECT a FROM {}", ParquetTable(own).value())).value().rows(), 1U);
  for (const std::string& sql : {
           fmt::format("SELECT a FROM {}", ParquetTable(other).value()),
           fmt::format("SELECT * FROM '{}'", other.string()),
           std::string("SELECT * FROM read_text('/etc/passwd')"),
           std::string("SELECT * FROM glob('/etc/*')"),
           std::string("SELECT * FROM read_csv('https://example.com/x.csv')"),
           fmt::format("COPY (SELECT 1) TO '{}'", other.string()),
           fmt::format("ATTACH '{}'", In("x.db").string()),
           std::string("INSTALL httpfs"),
           std::string("LOAD httpfs"),
           std::string("SET enable_external_access = true"),
           std::string("SET allowed_paths = ['/etc/passwd']"),
           std::string("SET memory_limit = '100GB'"),
           std::string("RESET lock_configuration"),
           fmt::format("EXPORT DATABASE '{}'", In("dump").string()),
       }) {
    EXPECT_FALSE(confined.Execute(sql)) << sql;
  }
  EXPECT_EQ(confined.Query("SELECT * FROM read_text('/etc/passwd')").error().code(), ErrorCode::kPermissionDenied);
}

TEST_F(EngineTest, AFolderMayBeReadWhole) {
  auto engine = Engine::Open({.folders = {folder_.path()}}).value();
  auto connection = engine.Connect().value();
  ASSERT_TRUE(connection.WriteParquet("SELECT 1 AS a", In("one.parquet")));
  ASSERT_TRUE(connection.WriteParquet("SELECT 2 AS a", In("two.parquet")));
  const auto sum = connection.Query(fmt::format("SELECT sum(a) FROM '{}/*.parquet'", folder_.path().string()));
  EXPECT_EQ(sum.value().columns[0].integers[0], 3);
}

TEST_F(EngineTest, TheSameRowsAreTheSameParquetBytes) {
  const auto write = [&](std::string_view name) {
    const auto path = In(name);
    auto engine = Open({path});
    auto connection = engine.Connect().value();
    EXPECT_EQ(connection
                  .WriteParquet("SELECT range AS i, range * 0.1 AS x, 'row ' || (range % 1000) AS t, "
                                "CASE WHEN range % 7 <> 0 THEN sin(range) END AS y FROM range(300000)",
                                path)
                  .value(),
              300000U);
    return base::ReadFile(path, 1 << 30).value();
  };
  EXPECT_TRUE(write("a.parquet") == write("b.parquet"));
  EXPECT_FALSE(std::filesystem::exists(In("a.parquet.partial")));
}

TEST_F(EngineTest, AFailedParquetLeavesNothing) {
  auto engine = Open({In("x.parquet")});
  auto connection = engine.Connect().value();
  const auto failed = connection.WriteParquet(
      "SELECT CASE WHEN range = 250000 THEN 'x'::BIGINT ELSE range END AS a FROM range(300000)", In("x.parquet"));
  EXPECT_FALSE(failed);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(EngineTest, AppendsColumnsWithNulls) {
  Table rows;
  rows.columns = {{.name = "i", .type = DataType::kInteger},
                  {.name = "odd \"one\"", .type = DataType::kBoolean},
                  {.name = "x", .type = DataType::kNumber},
                  {.name = "t", .type = DataType::kText},
                  {.name = "at", .type = DataType::kTimestamp}};
  for (int64_t i = 0; i < 5000; ++i) {
    rows.columns[0].integers.push_back(i);
    rows.columns[1].integers.push_back(i % 2);
    rows.columns[2].numbers.push_back(static_cast<double>(i) / 2);
    rows.columns[3].texts.push_back(fmt::format("text number {}", i));
    rows.columns[4].integers.push_back(i * 1000);
  }
  for (auto& column : rows.columns) column.AppendNull();
  ASSERT_TRUE(connection_.CreateTable("log", rows.columns));
  auto appender = Appender::Open(connection_, "log").value();
  ASSERT_TRUE(appender.Append(rows));
  ASSERT_TRUE(appender.Append(rows));
  ASSERT_TRUE(appender.Close());

  auto read = Ask("SELECT * FROM log");
  ASSERT_EQ(read.rows(), 10002U);
  for (size_t i = 0; i < rows.columns.size(); ++i) {
    EXPECT_EQ(read.columns[i].name, rows.columns[i].name);
    EXPECT_EQ(read.columns[i].type, rows.columns[i].type);
    EXPECT_EQ(read.columns[i].At(4999), rows.columns[i].At(4999));
    EXPECT_EQ(read.columns[i].At(10000), rows.columns[i].At(4999));
    EXPECT_EQ(read.columns[i].At(5000), Value(nullptr));
  }
  EXPECT_FALSE(appender.Append(Table{}));
  EXPECT_FALSE(Appender::Open(connection_, "no such table"));
}

TEST_F(EngineTest, CancellationEndsALongQuery) {
  const auto deadline =
      base::Cancellation::Make().WithDeadline(std::chrono::steady_clock::now() + std::chrono::milliseconds(100));
  const auto started = std::chrono::steady_clock::now();
  const auto late =
      connection_.Query("SELECT sum(sin(a.range * b.range)) FROM range(1000000) a, range(1000000) b", {}, deadline);
  EXPECT_EQ(late.error().code(), ErrorCode::kDeadlineExceeded);
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(10));

  const auto asked = base::Cancellation::Make();
  asked.Cancel();
  EXPECT_EQ(connection_.Query("SELECT 1", {}, asked).error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(Ask("SELECT 1").rows(), 1U);
}

TEST_F(EngineTest, MoreThreadsGiveTheSameRows) {
  auto engine = Engine::Open({.threads = 2}).value();
  auto connection = engine.Connect().value();
  const auto sql = "SELECT range % 1000 AS k, count(*) AS n, max(range) AS m FROM range(3000000) GROUP BY k ORDER BY k";
  const auto many = connection.Query(sql).value();
  const auto one = Ask(sql);
  for (size_t i = 0; i < one.columns.size(); ++i) EXPECT_EQ(many.columns[i].integers, one.columns[i].integers);
}

TEST_F(EngineTest, MemoryIsBounded) {
  auto engine = Open({}, 32ULL << 20);
  auto connection = engine.Connect().value();
  const auto failed = connection.Query("SELECT count(*) FROM (SELECT DISTINCT hash(range) FROM range(4000000))");
  EXPECT_EQ(failed.error().code(), ErrorCode::kResourceExhausted);

  auto spilling = Engine::Open({.memory_bytes = 48ULL << 20, .temp_folder = In("spill")}).value().Connect().value();
  EXPECT_TRUE(spilling.Query("SELECT count(*) FROM (SELECT range FROM range(5000000) ORDER BY hash(range))"));
}

TEST_F(EngineTest, AConnectionOutlivesItsEngine) {
  auto connection = Engine::Open({}).value().Connect().value();
  EXPECT_TRUE(connection.Execute("SELECT 1"));
}

TEST(SqlTest, QuotesNamesAndText) {
  EXPECT_EQ(QuoteName("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(QuoteText("it's"), "'it''s'");
  EXPECT_FALSE(ParquetTable("/x/*.parquet"));
}

}  // namespace
}  // namespace gyre::engine
