#include "search/sql.h"

#include <gtest/gtest.h>

#include "search/parse.h"
#include "search/testing/demo_entity.h"

namespace gyre::search {
namespace {

using search::testing::kDemoEntity;

base::Result<void> WriteColumn(const Clause& clause, SqlText& sql) {
  WriteComparison(clause, clause.key, sql);
  return base::Ok();
}

std::string Written(std::string_view filter) {
  const auto condition = ParseFilter(filter, kDemoEntity).value();
  SqlText sql;
  EXPECT_TRUE(WriteCondition(condition, WriteColumn, sql));
  return sql.text();
}

TEST(WriteCondition, NumbersParametersAndKeepsTheTree) {
  EXPECT_EQ(Written(""), "1=1");
  EXPECT_EQ(Written("time > 2"), "time > ?1");
  EXPECT_EQ(Written("time > 2 AND (status = 'a' OR NOT id != 'b')"), "(time > ?1 AND (status = ?2 OR NOT (id <> ?3)))");
  EXPECT_EQ(Written("id IN ('a','b') AND status ILIKE 'X%'"), "(id IN (?1,?2) AND lower(status) LIKE ?3)");
  EXPECT_EQ(Written("id NOT IN ('a')"), "id NOT IN (?1)");
}

TEST(WriteCondition, MakesLongChainsFlat) {
  std::string filter = "time = 0";
  for (int i = 1; i < 256; ++i) filter += fmt::format(" AND time = {}", i);
  size_t depth = 0;
  size_t deepest = 0;
  for (const char c : Written(filter)) {
    if (c == '(') deepest = std::max(deepest, ++depth);
    if (c == ')') --depth;
  }
  EXPECT_EQ(deepest, 8U);
}

TEST(WriteComparison, BindsValuesAndLowersPatterns) {
  SqlText sql;
  WriteComparison({Field::kTag, "k", Aggregate::kLatest, Comparator::kILike, std::string("AbÄ%")}, "v", sql);
  ASSERT_EQ(sql.values().size(), 1U);
  EXPECT_EQ(std::get<std::string_view>(sql.values()[0]), "abÄ%");
}

TEST(SqlText, OwnsItsTexts) {
  SqlText sql;
  for (int i = 0; i < 100; ++i) sql.Bind(std::string_view(fmt::format("text {}", i)));
  const SqlText moved = std::move(sql);
  EXPECT_EQ(std::get<std::string_view>(moved.values()[42]), "text 42");
}

TEST(RequiredClauses, AreThoseOfTheOutermostAnd) {
  const auto keys = [](std::string_view filter) {
    const auto condition = ParseFilter(filter, kDemoEntity).value();
    std::string text;
    for (const auto* clause : RequiredClauses(condition)) text += clause->key + " ";
    return text;
  };
  EXPECT_EQ(keys("time > 1"), "time ");
  EXPECT_EQ(keys("time > 1 AND (status = 'x' AND id = 'y') AND NOT id = 'z'"), "time status id ");
  EXPECT_EQ(keys("time > 1 OR status = 'x'"), "");
  EXPECT_EQ(keys(""), "");
}

TEST(LiteralPrefix, EndsAtTheFirstWildcard) {
  EXPECT_EQ(LiteralPrefix("abc%"), "abc");
  EXPECT_EQ(LiteralPrefix("a_c%"), "a");
  EXPECT_EQ(LiteralPrefix("%abc"), "");
  EXPECT_EQ(LiteralPrefix("abc"), "abc");
}

TEST(PrefixEnd, IsAboveAllThatBeginSo) {
  EXPECT_EQ(PrefixEnd("abc"), "abd");
  EXPECT_EQ(PrefixEnd("ab\x7f"), "ac");
  EXPECT_EQ(PrefixEnd("aé"), "b");
  EXPECT_EQ(PrefixEnd("é"), "") << "no bound that is UTF-8 and easily made";
  EXPECT_EQ(PrefixEnd(""), "");
}

}  // namespace
}  // namespace gyre::search
