#include "store/foreign_database.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "store/internal/sqlite.h"

namespace gyre::store {
namespace {

class ForeignDatabaseTest : public testing::Test {
 protected:
  std::filesystem::path Write(std::string_view script) {
    const auto path = folder_.path() / "other.db";
    auto connection = internal::SqliteConnection::Open(path, internal::SqliteConnection::Mode::kReadWrite).value();
    EXPECT_TRUE(connection->Script(script));
    return path;
  }
  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "foreign").value();
};

TEST_F(ForeignDatabaseTest, ReadsTablesAndTheirColumns) {
  auto file = ForeignDatabase::Open(Write("CREATE TABLE runs(id TEXT, value REAL); INSERT INTO runs VALUES('a', 1.5)"));
  ASSERT_TRUE(file) << file.error().ToString();
  EXPECT_EQ((*file)->Columns("runs").value(), (std::vector<std::string>{"id", "value"}));
  EXPECT_TRUE((*file)->Columns("nothing").value().empty());
  const auto value =
      (*file)->QueryOne("SELECT value FROM runs WHERE id = ?1", [](const Row& r) { return r.Real(0); }, "a");
  EXPECT_EQ(value->value(), 1.5);
}

TEST_F(ForeignDatabaseTest, NeverWrites) {
  auto file = ForeignDatabase::Open(Write("CREATE TABLE t(a)")).value();
  EXPECT_FALSE(file->Query("INSERT INTO t VALUES(1)", [](const Row&) { return base::Ok(); }));
}

TEST_F(ForeignDatabaseTest, AViewIsNoTable) {
  auto file =
      ForeignDatabase::Open(
          Write("CREATE VIEW runs AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT x FROM n"))
          .value();
  EXPECT_TRUE(file->Columns("runs").value().empty());
  EXPECT_FALSE(file->Query("SELECT * FROM runs", [](const Row&) { return base::Ok(); }));
}

TEST_F(ForeignDatabaseTest, OtherFilesAreCorrupt) {
  const auto path = folder_.path() / "text.db";
  ASSERT_TRUE(base::WriteFileAtomic(path, std::string(5000, 'x')));
  EXPECT_EQ(ForeignDatabase::Open(path).error().code(), base::ErrorCode::kCorrupt);
  EXPECT_EQ(ForeignDatabase::Open(folder_.path() / "none.db").error().code(), base::ErrorCode::kNotFound);
}

TEST_F(ForeignDatabaseTest, DamagedPagesAreCorrupt) {
  const auto path = Write(
      "CREATE TABLE t(a TEXT); WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 500) INSERT "
      "INTO t SELECT hex(randomblob(100)) FROM n");
  auto bytes = base::ReadFile(path, 10 << 20).value();
  for (size_t i = 4096; i < bytes.size(); i += 4096) bytes.replace(i, 64, std::string(64, '\xff'));
  ASSERT_TRUE(base::WriteFileAtomic(path, bytes));
  auto file = ForeignDatabase::Open(path).value();
  const auto read = file->Query("SELECT a FROM t", [](const Row&) { return base::Ok(); });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), base::ErrorCode::kCorrupt);
  EXPECT_NE(read.error().message().find("other.db"), std::string::npos) << read.error().message();
}

}  // namespace
}  // namespace gyre::store
