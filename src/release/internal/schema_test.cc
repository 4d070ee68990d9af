#include "release/internal/schema.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/testing/seeded_entropy.h"
#include "release/internal/release_rows.h"
#include "store/testing/schema_dump.h"

namespace gyre::release::internal {
namespace {

class SchemaTest : public ::testing::Test {
 protected:
  const base::TempFolder folder_ =
      base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-release-test").value();
  const base::SystemClock clock_;
  base::testing::SeededEntropy entropy_{1};
  const std::unique_ptr<store::Database> database_ =
      store::Database::Open({.path = folder_.path() / "meta.db"}, clock_, entropy_).value();
};

TEST_F(SchemaTest, WhatServedBeforeThereWereTwoNamesForItWasDeployed) {
  ASSERT_TRUE(database_->Migrate(std::span(kMigrations).first(1)));
  ASSERT_TRUE(database_->Write([](store::Transaction& transaction) {
    return transaction.Execute(
        "INSERT INTO endpoints(name, champion, created_at, updated_at) VALUES ('rain', 'rain/3', 1, 2)");
  }));
  ASSERT_TRUE(database_->Migrate(kMigrations));
  const auto record =
      database_->Read([](store::Reader& reader) { return LoadEndpoint(reader, serve::EndpointName("rain")); });
  EXPECT_EQ(record->deployed.ToString(), "rain/3");
}

TEST_F(SchemaTest, IsTheReleasedOne) {
  ASSERT_TRUE(database_->Migrate(kMigrations));
  const auto golden = base::ReadFile(std::filesystem::path(GYRE_TEST_DATA) / "schema.sql", 1 << 20).value();
  EXPECT_EQ(store::testing::DumpSchema(*database_).value(), golden)
      << "A released migration never changes: add one, and put the dump above into testdata/schema.sql.";
}

}  // namespace
}  // namespace gyre::release::internal
