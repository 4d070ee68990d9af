#include "data/columns.h"

#include <cmath>
#include <gmock/gmock.h>

#include "data/testing/table_fixture.h"

namespace gyre::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ColumnsTest : public testing::TableTest {
 protected:
  std::filesystem::path input_ = MakeParquet(
      "in.parquet",
      "SELECT * FROM (VALUES (1.5, 2::BIGINT, true, 'a', TIMESTAMP '2013-10-01 05:00:00'), (NULL, NULL, NULL, NULL, "
      "NULL), (0.1, -7, false, '', TIMESTAMP '2013-10-02')) t(x, i, b, k, \"at\")");
};

TEST_F(ColumnsTest, ReadsTheWantedColumnsInTheOrderAskedFor) {
  const auto table = ReadColumns(work_, input_, {"k", "x"}).value();
  ASSERT_EQ(table.columns.size(), 2U);
  EXPECT_EQ(table.columns[0].name, "k");
  EXPECT_EQ(table.rows(), 3U);
  EXPECT_EQ(ReadColumns(work_, input_, {}).value().columns.size(), 5U);
  EXPECT_THAT(ReadColumns(work_, input_, {"att"}).error().message(), HasSubstr("did you mean 'at'?"));
  EXPECT_EQ(ReadSchema(work_, input_).value().Get("i").value()->type, engine::DataType::kInteger);
}

TEST_F(ColumnsTest, GivesNumbersAsFloatsWithNanForNull) {
  const auto table = ReadColumns(work_, input_, {"x", "i", "b"}).value();
  const auto x = FloatsOf(table.columns[0]).value();
  EXPECT_EQ(x[0], 1.5F);
  EXPECT_TRUE(std::isnan(x[1]));
  EXPECT_EQ(x[2], 0.1F);
  EXPECT_EQ(FloatsOf(table.columns[1]).value()[2], -7.0F);
  EXPECT_EQ(FloatsOf(table.columns[2]).value()[0], 1.0F);
  EXPECT_THAT(FloatsOf(ReadColumns(work_, input_, {"k"}).value().columns[0]).error().message(),
              HasSubstr("'k' is text"));
  const auto huge = MakeParquet("huge.parquet", "SELECT 1e300::DOUBLE AS x");
  EXPECT_THAT(FloatsOf(ReadColumns(work_, huge, {}).value().columns[0]).error().message(), HasSubstr("row 1"));
}

TEST_F(ColumnsTest, GivesAnyColumnAsText) {
  const auto table = ReadColumns(work_, input_, {}).value();
  EXPECT_THAT(TextsOf(table.columns[0]), ElementsAre("1.5", "", "0.1"));
  EXPECT_THAT(TextsOf(table.columns[1]), ElementsAre("2", "", "-7"));
  EXPECT_THAT(TextsOf(table.columns[2]), ElementsAre("true", "", "false"));
  EXPECT_THAT(TextsOf(table.columns[3]), ElementsAre("a", "", ""));
  EXPECT_THAT(TextsOf(table.columns[4]), ElementsAre("2013-10-01T05:00:00Z", "", "2013-10-02T00:00:00Z"));
}

}  // namespace
}  // namespace gyre::data
