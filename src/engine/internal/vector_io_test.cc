#include "engine/internal/vector_io.h"

#include <gtest/gtest.h>

#include "engine/appender.h"
#include "engine/engine.h"

namespace gyre::engine::internal {
namespace {

class VectorIoTest : public ::testing::Test {
 protected:
  Column Read(std::string_view select) {
    auto table = connection_.Query(select);
    EXPECT_TRUE(table) << select << ": " << (table ? "" : table.error().ToString());
    return table ? table->columns.at(0) : Column();
  }
  Connection connection_ = Engine::Open({}).value().Connect().value();
};

TEST_F(VectorIoTest, WidensIntegersToTheirFullRange) {
  using Integers = std::vector<int64_t>;
  EXPECT_EQ(Read("SELECT unnest([-128, 127])::TINYINT").integers, (Integers{-128, 127}));
  EXPECT_EQ(Read("SELECT unnest([0, 255])::UTINYINT").integers, (Integers{0, 255}));
  EXPECT_EQ(Read("SELECT unnest([-32768, 32767])::SMALLINT").integers, (Integers{-32768, 32767}));
  EXPECT_EQ(Read("SELECT 65535::USMALLINT").integers, (Integers{65535}));
  EXPECT_EQ(Read("SELECT (-2147483648)::INTEGER").integers, (Integers{-2147483648}));
  EXPECT_EQ(Read("SELECT 4294967295::UINTEGER").integers, (Integers{4294967295}));
  EXPECT_EQ(Read("SELECT 9223372036854775807::UBIGINT").integers, (Integers{INT64_MAX}));
  EXPECT_EQ(Read("SELECT unnest([-9223372036854775808, 9223372036854775807])::HUGEINT").integers,
            (Integers{INT64_MIN, INT64_MAX}));
  EXPECT_FALSE(connection_.Query("SELECT 9223372036854775808::HUGEINT"));
  EXPECT_FALSE(connection_.Query("SELECT (-9223372036854775809)::HUGEINT"));
}

TEST_F(VectorIoTest, ReadsDecimalsOfEveryWidth) {
  EXPECT_EQ(Read("SELECT 1.25::DECIMAL(4, 2)").numbers, std::vector<double>{1.25});
  EXPECT_EQ(Read("SELECT (-123456.7)::DECIMAL(9, 1)").numbers, std::vector<double>{-123456.7});
  EXPECT_EQ(Read("SELECT 12345678901.234567::DECIMAL(18, 6)").numbers, std::vector<double>{12345678901.234567});
  EXPECT_EQ(Read("SELECT (-98765432109876543210.5)::DECIMAL(38, 1)").numbers,
            std::vector<double>{-98765432109876543210.5});
}

TEST_F(VectorIoTest, ReadsTimesOfEveryResolution) {
  const auto micros = [&](std::string_view select) { return Read(select).integers.at(0); };
  EXPECT_EQ(micros("SELECT TIMESTAMP_S '1970-01-01 00:00:02'"), 2'000'000);
  EXPECT_EQ(micros("SELECT TIMESTAMP_MS '1969-12-31 23:59:59.5'"), -500'000);
  EXPECT_EQ(micros("SELECT TIMESTAMP_NS '1970-01-01 00:00:00.000001999'"), 1);
  EXPECT_EQ(micros("SELECT TIMESTAMP_NS '1969-12-31 23:59:59.999999001'"), -1) << "towards the past, as cut elsewhere";
  EXPECT_EQ(micros("SELECT DATE '1970-01-02'"), 86'400'000'000);
}

TEST_F(VectorIoTest, ReadsTextsShortAndLong) {
  const auto column = Read("SELECT unnest(['', 'twelve bytes', 'thirteen byte', NULL, repeat('é', 100000)])");
  EXPECT_EQ(column.texts[1], "twelve bytes");
  EXPECT_EQ(column.texts[2], "thirteen byte");
  EXPECT_TRUE(column.IsNull(3));
  EXPECT_EQ(column.texts[4].size(), 200000U);
  EXPECT_EQ(Read("SELECT chr(0) || 'x'").texts[0], std::string("\0x", 2));
}

TEST_F(VectorIoTest, ReadsEnumsWhateverTheirSize) {
  EXPECT_EQ(Read("SELECT 'b'::ENUM('a', 'b')").texts, std::vector<std::string>{"b"});
  std::string values;
  for (int i = 0; i < 70000; ++i) values += fmt::format("{}'v{}'", i == 0 ? "" : ",", i);
  EXPECT_EQ(Read(fmt::format("SELECT 'v69999'::ENUM({})", values)).texts, std::vector<std::string>{"v69999"});
}

TEST_F(VectorIoTest, KeepsNullsAcrossChunks) {
  const auto column = Read("SELECT CASE WHEN range % 3000 <> 2999 THEN range END FROM range(9000)");
  ASSERT_EQ(column.valid.size(), 9000U);
  for (size_t row = 0; row < column.size(); ++row) ASSERT_EQ(column.IsNull(row), row % 3000 == 2999) << row;
  EXPECT_TRUE(Read("SELECT range FROM range(9000)").valid.empty()) << "no nulls, no bitmap";
  const auto nothing = Read("SELECT NULL FROM range(3)");
  EXPECT_TRUE(nothing.IsNull(2));
}

TEST_F(VectorIoTest, AReusedChunkForgetsTheNullsOfTheBatchBefore) {
  Table first;
  first.columns = {{.name = "x", .type = DataType::kNumber}};
  first.columns[0].AppendNull();
  Table second;
  second.columns = {{.name = "x", .type = DataType::kNumber, .numbers = {1.5}}};
  ASSERT_TRUE(connection_.CreateTable("t", first.columns));
  auto appender = Appender::Open(connection_, "t").value();
  ASSERT_TRUE(appender.Append(first));
  ASSERT_TRUE(appender.Append(second));
  ASSERT_TRUE(appender.Close());
  const auto column = Read("SELECT x FROM t");
  EXPECT_TRUE(column.IsNull(0));
  EXPECT_EQ(column.At(1), Value(1.5));
}

TEST(TableTest, ChecksThatColumnsAreEquallyLong) {
  Table table;
  table.columns = {{.name = "a", .type = DataType::kNumber, .numbers = {1, 2}},
                   {.name = "b", .type = DataType::kText, .texts = {"x"}}};
  EXPECT_EQ(table.Check().error().name(), "b");
  table.columns[1].AppendNull();
  EXPECT_TRUE(table.Check());
  EXPECT_EQ(table.Find("b")->At(1), Value(nullptr));
  EXPECT_EQ(table.Find("c"), nullptr);
}

}  // namespace
}  // namespace gyre::engine::internal
