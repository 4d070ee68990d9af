#include "govern/audit_trail.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/testing/manual_clock.h"
#include "base/testing/seeded_entropy.h"

namespace gyre::govern {
namespace {

class AuditTrailTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int i = 1; i <= 5; ++i) {
      ASSERT_TRUE(database_->Write([&](store::Transaction& transaction) {
        return transaction.Audit({.actor = "ann",
                                  .action = "made",
                                  .object_type = i % 2 == 0 ? "endpoint" : "model",
                                  .object_id = std::to_string(i),
                                  .details = {{"email", "ann@example.org"}, {"i", i}}});
      }));
    }
  }
  void Tamper(std::string_view sql) {
    ASSERT_TRUE(database_->Write([&](store::Transaction& transaction) -> base::Result<void> {
      EXPECT_EQ(TRY(transaction.Execute(sql)), 1);
      return base::Ok();
    }));
  }

  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-govern-test").value();
  base::testing::ManualClock clock_{base::ParseTimestamp("2013-10-01").value()};
  base::testing::SeededEntropy entropy_{1};
  std::unique_ptr<store::Database> database_ =
      store::Database::Open({.path = folder_.path() / "meta.db"}, clock_, entropy_).value();
  AuditTrail trail_{*database_};
};

TEST_F(AuditTrailTest, AnUntouchedChainIsIntact) {
  const auto verdict = trail_.Verify().value();
  EXPECT_TRUE(verdict.intact());
  EXPECT_EQ(verdict.records, 5);
  EXPECT_EQ(verdict.head, trail_.List({}).value().back().record.hash);
}

TEST_F(AuditTrailTest, AnyChangeBreaksItAtThatRecord) {
  const std::map<std::string, std::string> tampering = {
      {"UPDATE audit_log SET actor = 'bob' WHERE sequence = 3", "fields"},
      {"UPDATE audit_log SET time = time + 1 WHERE sequence = 3", "fields"},
      {"UPDATE audit_details SET details = '{}' WHERE sequence = 3", "details"},
  };
  for (const auto& [sql, problem] : tampering) {
    const auto before = trail_.List({.after_sequence = 2, .limit = 1}).value().front();
    Tamper(sql);
    const auto verdict = trail_.Verify().value();
    EXPECT_EQ(verdict.first_broken, 3) << sql;
    EXPECT_NE(verdict.problem.find(problem), std::string::npos) << verdict.problem;
    Tamper(fmt::format("UPDATE audit_log SET actor = 'ann', time = {} WHERE sequence = 3",
                       base::ToMicros(before.record.time)));
    Tamper(fmt::format("UPDATE audit_details SET details = '{}' WHERE sequence = 3", base::DumpJson(*before.details)));
    ASSERT_TRUE(trail_.Verify().value().intact());
  }
}

TEST_F(AuditTrailTest, ARemovedRecordIsMissed) {
  Tamper("DELETE FROM audit_log WHERE sequence = 2");
  const auto verdict = trail_.Verify().value();
  EXPECT_EQ(verdict.first_broken, 2);
  EXPECT_EQ(verdict.problem, "record 2 is missing");
}

TEST_F(AuditTrailTest, RedactedDetailsLeaveTheChainIntact) {
  Tamper("UPDATE audit_details SET details = NULL, salt = NULL WHERE sequence = 4");
  const auto verdict = trail_.Verify().value();
  EXPECT_TRUE(verdict.intact());
  EXPECT_EQ(verdict.redacted, 1);
  EXPECT_FALSE(trail_.List({.after_sequence = 3}).value().front().details);
}

TEST_F(AuditTrailTest, ListsByObjectInOrder) {
  const auto events = trail_.List({.object_type = "endpoint"}).value();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].record.object_id, "2");
  EXPECT_EQ((*events[1].details)["i"], 4);
  EXPECT_EQ(trail_.List({.limit = 2}).value().size(), 2u);
}

}  // namespace
}  // namespace gyre::govern
