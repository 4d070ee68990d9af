#include "loop/internal/schema.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/testing/seeded_entropy.h"
#include "store/testing/schema_dump.h"

namespace gyre::loop::internal {
namespace {

TEST(LoopSchema, IsTheReleasedOne) {
  const auto folder = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-loop-test").value();
  const base::SystemClock clock;
  base::testing::SeededEntropy entropy(1);
  const auto database = store::Database::Open({.path = folder.path() / "meta.db"}, clock, entropy).value();
  ASSERT_TRUE(database->Migrate(kMigrations));
  const auto golden = base::ReadFile(std::filesystem::path(GYRE_TEST_DATA) / "schema.sql", 1 << 20).value();
  EXPECT_EQ(store::testing::DumpSchema(*database).value(), golden)
      << "A released migration never changes: add one, and put the dump above into testdata/schema.sql.";
}

}  // namespace
}  // namespace gyre::loop::internal
