#include "search/keyset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/testing/manual_clock.h"
#include "base/testing/seeded_entropy.h"
#include "store/database.h"

namespace gyre::search {
namespace {

using ::testing::HasSubstr;
using Type = SortColumn::Type;

constexpr store::Migration kItems{
    "test", 1,
    "CREATE TABLE items(id BIGINT PRIMARY KEY, name TEXT NOT NULL, score DOUBLE PRECISION, "
    "is_nan BIGINT NOT NULL);"};

SortColumn Score(bool descending) {
  return {"score", Type::kReal, descending, "CASE WHEN score IS NULL THEN 2 WHEN is_nan = 1 THEN 1 ELSE 0 END"};
}

class KeysetTest : public ::testing::Test {
 protected:
  void SetUp() override {
    database_ = store::Database::Open({.path = folder_.path() / "meta.db"}, clock_, entropy_).value();
    ASSERT_TRUE(database_->Migrate(std::span(&kItems, 1)));
    const auto filled = database_->Write([](store::Transaction& t) -> base::Result<void> {
      for (int i = 0; i < 40; ++i) {
        const auto name = fmt::format("name {}", i % 3);
        if (i % 5 == 4) {
          TRY(t.Execute("INSERT INTO items VALUES (?1, ?2, NULL, 0)", i, name));
        } else {
          TRY(t.Execute("INSERT INTO items VALUES (?1, ?2, ?3, ?4)", i, name, i % 5 == 3 ? 0.0 : (i % 4) - 1.5,
                        i % 5 == 3));
        }
      }
      return base::Ok();
    });
    ASSERT_TRUE(filled);
  }

  /// The ids of a page, and where it ended.
  std::vector<int64_t> Page(const Keyset& keyset, int64_t limit, std::optional<Keyset::Position>& position) {
    SqlText sql;
    sql << "SELECT id";
    keyset.WriteSelect(sql);
    sql << " FROM items WHERE ";
    if (position) {
      keyset.WriteAfter(*position, sql);
    } else {
      sql << "1=1";
    }
    sql << " ORDER BY ";
    keyset.WriteOrder(sql);
    sql << " LIMIT ";
    sql.Bind(limit);
    std::vector<int64_t> ids;
    const auto read = database_->Read([&](store::Reader& reader) {
      return reader.RunQuery(sql.text(), sql.values(), [&](const store::Row& row) {
        ids.push_back(row.Int(0));
        position = keyset.Read(row, 1);
        return base::Ok();
      });
    });
    EXPECT_TRUE(read) << read.error().message();
    return ids;
  }

  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-keyset-test").value();
  base::testing::ManualClock clock_{base::ParseTimestamp("2013-10-01").value()};
  base::testing::SeededEntropy entropy_{7};
  std::unique_ptr<store::Database> database_;
};

TEST_F(KeysetTest, PagesTakenOneByOneAreTheWhole) {
  const SortColumn name{"name", Type::kText, false};
  const SortColumn id{"id", Type::kInteger, true};
  for (const auto& columns : {std::vector{id}, std::vector{Score(false), id}, std::vector{Score(true), name, id},
                              std::vector{name, Score(true), id}}) {
    const Keyset keyset(columns);
    std::optional<Keyset::Position> none;
    const auto whole = Page(keyset, 100, none);
    ASSERT_EQ(whole.size(), 40U);
    for (const int64_t size : {1, 3, 7}) {
      std::vector<int64_t> together;
      std::optional<Keyset::Position> position;
      while (together.size() < 40) {
        const auto page = Page(keyset, size, position);
        ASSERT_FALSE(page.empty());
        together.insert(together.end(), page.begin(), page.end());
        position = keyset.Decode(keyset.Encode(*position, "q"), "q").value();
      }
      EXPECT_EQ(together, whole);
      EXPECT_TRUE(Page(keyset, size, position).empty());
    }
  }
}

TEST_F(KeysetTest, NansComeBehindNumbersAndNullsLastBothWays) {
  for (const bool descending : {false, true}) {
    std::optional<Keyset::Position> none;
    const auto ids = Page(Keyset({Score(descending), {"id", Type::kInteger}}), 100, none);
    std::string kinds;
    for (const auto id : ids) kinds += id % 5 == 4 ? 'n' : id % 5 == 3 ? 'N' : '.';
    EXPECT_EQ(kinds, std::string(24, '.') + std::string(8, 'N') + std::string(8, 'n'));
  }
}

TEST(Keyset, TokensBelongToTheirQuery) {
  const Keyset keyset(
      {{"score", Type::kReal, false, NullRank("score")}, {"name", Type::kText}, {"id", Type::kInteger}});
  const Keyset::Position position = {int64_t{0}, -0.5, std::string("a\0b", 3), int64_t{-7}};
  const auto token = keyset.Encode(position, "query");
  EXPECT_EQ(keyset.Decode(token, "query").value(), position);
  const Keyset::Position missing = {int64_t{1}, std::monostate(), std::string(), int64_t{1}};
  EXPECT_EQ(keyset.Decode(keyset.Encode(missing, "query"), "query").value(), missing);
  EXPECT_THAT(keyset.Decode(token, "another").error().message(),
              HasSubstr("Invalid page token, it belongs to another"));
}

TEST(Keyset, RefusesEveryTokenThatIsNotItsOwn) {
  const Keyset keyset(
      {{"score", Type::kReal, false, NullRank("score")}, {"name", Type::kText}, {"id", Type::kInteger}});
  const auto token = keyset.Encode({int64_t{0}, 1.0, std::string("name"), int64_t{1}}, "q");
  for (const std::string_view bad : {"x", "!!!!", "eyJvZmZzZXQiOiAxMH0=", "====", "Z2sx", "AAAA"}) {
    const auto decoded = keyset.Decode(bad, "q");
    ASSERT_FALSE(decoded) << bad;
    EXPECT_EQ(decoded.error().code(), base::ErrorCode::kInvalidArgument);
    EXPECT_THAT(decoded.error().message(), HasSubstr("Invalid page token"));
  }
  for (size_t i = 0; i < token.size(); ++i) EXPECT_FALSE(keyset.Decode(token.substr(0, i), "q"));
  EXPECT_FALSE(keyset.Decode(token + "AAAA", "q"));
  EXPECT_FALSE(keyset.Decode(std::string(4'000'000, 'A'), "q"));
}

}  // namespace
}  // namespace gyre::search
