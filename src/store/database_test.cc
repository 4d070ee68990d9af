#include "store/database.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/testing/manual_clock.h"
#include "base/testing/seeded_entropy.h"
#include "store/audit.h"

namespace gyre::store {
namespace {

constexpr Migration kCreate{
    "test", 1, "CREATE TABLE items(id BIGINT PRIMARY KEY, name TEXT NOT NULL); CREATE INDEX n ON items(name);"};
constexpr Migration kAlter{"test", 2, "ALTER TABLE items ADD COLUMN score DOUBLE PRECISION;"};

class DatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    database_.reset();
    database_ = Database::Open({.path = folder_.path() / "meta.db"}, clock_, entropy_).value();
    const std::array migrations = {kCreate, kAlter};
    ASSERT_TRUE(database_->Migrate(migrations));
  }
  base::Result<void> Insert(int64_t id, std::string_view name) {
    return database_->Write([&](Transaction& t) -> base::Result<void> {
      TRY(t.Execute("INSERT INTO items(id, name) VALUES (?1, ?2)", id, name));
      return base::Ok();
    });
  }
  int64_t Count(std::string_view table = "items") {
    return database_
        ->Read([&](Reader& r) -> base::Result<int64_t> {
          return TRY(r.QueryOne(fmt::format("SELECT COUNT(*) FROM {}", table),
                                [](const Row& row) { return row.Int(0); }))
              .value();
        })
        .value();
  }

  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-store-test").value();
  base::testing::ManualClock clock_{base::ParseTimestamp("2013-10-01").value()};
  base::testing::SeededEntropy entropy_{7};
  std::unique_ptr<Database> database_;
};

TEST_F(DatabaseTest, KeepsWhatWasWrittenAcrossAReopen) {
  ASSERT_TRUE(Insert(1, "one"));
  Open();
  EXPECT_EQ(Count(), 1);
}

TEST_F(DatabaseTest, BindsEveryTypeAndReadsItBack) {
  ASSERT_TRUE(database_->Write([](Transaction& t) -> base::Result<void> {
    TRY(t.Execute("INSERT INTO items(id, name, score) VALUES (?1, ?2, ?3)", int64_t{1} << 60, std::string("a\0b", 3),
                  0.1));
    TRY(t.Execute("INSERT INTO items(id, name, score) VALUES (?1, ?2, ?3)", 2, "", std::optional<double>()));
    return base::Ok();
  }));
  std::vector<std::string> rows;
  ASSERT_TRUE(database_->Read([&](Reader& r) {
    return r.Query("SELECT id, name, score FROM items ORDER BY id", [&](const Row& row) -> base::Result<void> {
      rows.push_back(fmt::format("{}|{}|{}", row.Int(0), row.Text(1).size(), row.IsNull(2) ? -1 : row.Real(2)));
      return base::Ok();
    });
  }));
  EXPECT_EQ(rows, (std::vector<std::string>{"2|0|-1", "1152921504606846976|3|0.1"}));
}

TEST_F(DatabaseTest, AnErrorUndoesTheWholePieceAndLeavesItsNeighboursAlone) {
  std::vector<std::thread> threads;
  std::atomic<int> refused = 0;
  for (int i = 0; i < 40; ++i) {
    threads.emplace_back([&, i] {
      const auto written = database_->Write([&](Transaction& t) -> base::Result<void> {
        TRY(t.Execute("INSERT INTO items(id, name) VALUES (?1, 'first')", 2 * i));
        if (i % 2 == 1) return base::Unprocessable("odd ones are refused");
        TRY(t.Execute("INSERT INTO items(id, name) VALUES (?1, 'second')", 2 * i + 1));
        return base::Ok();
      });
      if (!written) ++refused;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(refused, 20);
  EXPECT_EQ(Count(), 40);
}

TEST_F(DatabaseTest, ATakenKeyIsAlreadyExists) {
  ASSERT_TRUE(Insert(1, "one"));
  EXPECT_EQ(Insert(1, "again").error().code(), base::ErrorCode::kAlreadyExists);
  ASSERT_TRUE(Insert(2, "two"));
}

TEST_F(DatabaseTest, AReadSeesOneSnapshotWhileWritersGoOn) {
  ASSERT_TRUE(Insert(1, "one"));
  ASSERT_TRUE(database_->Read([&](Reader& r) -> base::Result<void> {
    const auto count = [&] {
      return r.QueryOne("SELECT COUNT(*) FROM items", [](const Row& row) { return row.Int(0); });
    };
    EXPECT_EQ(TRY(count()), 1);
    EXPECT_TRUE(Insert(2, "two"));
    EXPECT_EQ(TRY(count()), 1);
    return base::Ok();
  }));
  EXPECT_EQ(Count(), 2);
}

TEST_F(DatabaseTest, MigrationsRunOnceAndANewerSchemaIsRefused) {
  const std::array newer = {kCreate, kAlter, Migration{"test", 3, "CREATE TABLE more(id BIGINT);"}};
  ASSERT_TRUE(database_->Migrate(newer));
  ASSERT_TRUE(database_->Migrate(newer));
  const std::array older = {kCreate, kAlter};
  EXPECT_EQ(database_->Migrate(older).error().code(), base::ErrorCode::kFailedPrecondition);
}

TEST_F(DatabaseTest, AFailedMigrationLeavesNothing) {
  const std::array broken = {Migration{"broken", 1, "CREATE TABLE half(id BIGINT); CREATE TABLE nonsense("}};
  EXPECT_FALSE(database_->Migrate(broken));
  EXPECT_FALSE(
      database_->Read([](Reader& r) { return r.Query("SELECT * FROM half", [](const Row&) { return base::Ok(); }); }));
}

TEST_F(DatabaseTest, AuditRecordsChainInTheTransactionOfTheChange) {
  for (int i = 0; i < 3; ++i) {
    const auto written = database_->Write([&](Transaction& t) -> base::Result<void> {
      TRY(t.Audit({.actor = "local",
                   .action = "made",
                   .object_type = "item",
                   .object_id = std::to_string(i),
                   .details = {{"i", i}}}));
      if (i == 1) return base::Unprocessable("undone");
      return base::Ok();
    });
    EXPECT_EQ(written.has_value(), i != 1);
  }
  std::vector<std::string> hashes = {std::string(32, '\0')};
  ASSERT_TRUE(database_->Read([&](Reader& r) {
    return r.Query(
        "SELECT sequence, previous, hash, details, salt, details_digest FROM audit_log JOIN audit_details USING "
        "(sequence) "
        "ORDER BY sequence",
        [&](const Row& row) -> base::Result<void> {
          EXPECT_EQ(row.Int(0), static_cast<int64_t>(hashes.size()));
          EXPECT_EQ(row.Bytes(1), hashes.back());
          const auto digest = DigestAuditDetails(row.Bytes(4), row.Text(3));
          EXPECT_EQ(row.Bytes(5), std::string(digest.bytes().begin(), digest.bytes().end()));
          hashes.emplace_back(row.Bytes(2));
          return base::Ok();
        });
  }));
  EXPECT_EQ(hashes.size(), 3u);
}

TEST_F(DatabaseTest, AWrongNumberOfValuesIsAnErrorNotASilentNull) {
  EXPECT_FALSE(database_->Write([](Transaction& t) -> base::Result<void> {
    TRY(t.Execute("INSERT INTO items(id, name) VALUES (?1, ?2)", 1));
    return base::Ok();
  }));
}

TEST_F(DatabaseTest, AfterStopEverythingIsUnavailable) {
  database_->Stop();
  database_->Stop();
  EXPECT_EQ(Insert(1, "one").error().code(), base::ErrorCode::kUnavailable);
  EXPECT_FALSE(database_->Read([](Reader&) { return base::Ok(); }));
}

TEST(DatabaseOpen, AFileThatIsNoDatabaseIsCorrupt) {
  const auto folder = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-store-test").value();
  ASSERT_TRUE(base::WriteFileAtomic(folder.path() / "meta.db", std::string(4096, 'x')));
  const base::SystemClock clock;
  base::SystemEntropy entropy;
  const auto opened = Database::Open({.path = folder.path() / "meta.db"}, clock, entropy);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), base::ErrorCode::kCorrupt) << opened.error().ToString();
}

}  // namespace
}  // namespace gyre::store
