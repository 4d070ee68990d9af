#include <gmock/gmock.h>

#include "base/file.h"
#include "base/testing/manual_clock.h"
#include "base/testing/seeded_entropy.h"
#include "registry/internal/schema.h"
#include "registry/registry.h"

namespace gyre::registry {
namespace {

/// A database as the first release left it, with two versions of rain.
class MigrationTest : public ::testing::Test {
 protected:
  MigrationTest() {
    const std::span<const store::Migration> all = internal::kMigrations;
    EXPECT_TRUE(database_->Migrate(all.first(1)));
    EXPECT_TRUE(database_->RunWrite([&](store::Transaction& transaction) -> base::Result<void> {
      TRY(
          transaction.Execute("INSERT INTO registered_models(number, name, description, created_at, updated_at) "
                              "VALUES (1, 'rain', 'wet', 1000, 2000)"));
      for (const int version : {1, 2}) {
        TRY(transaction.Execute(
            "INSERT INTO model_versions(number, model, version, bundle_digest, run_id, pipeline_run, description, "
            "metrics, created_at, updated_at, deleted_at) VALUES (?1, 1, ?1, ?2, 'r1', 'p1', 'old', '{}', 1000, 2000, "
            "?3)",
            version, digest_.ToHex(), version == 2 ? std::optional<int64_t>(3000) : std::nullopt));
        TRY(transaction.Execute(
            "INSERT INTO model_version_files(version, name, digest, size) VALUES (?1, 'card.md', ?2, 7)", version,
            digest_.ToHex()));
      }
      return base::Ok();
    }));
    registry_ = Registry::Open(*database_, *blobs_).value();
  }

  base::TempFolder folder_ =
      base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-registry-test").value();
  base::testing::ManualClock clock_{base::ParseTimestamp("2026-01-01").value()};
  base::testing::SeededEntropy entropy_{7};
  const base::Digest digest_ = base::Sha256Of(std::string_view("bundle"));
  std::unique_ptr<blob::BlobStore> blobs_ = blob::OpenLocalBlobStore(folder_.path() / "blobs", clock_).value();
  std::unique_ptr<store::Database> database_ =
      store::Database::Open({.path = folder_.path() / "meta.db"}, clock_, entropy_).value();
  std::unique_ptr<Registry> registry_;
};

TEST_F(MigrationTest, OldVersionsAreWhatMLflowExpects) {
  const auto version = registry_->Get({.model = ModelName("rain"), .version = 1}).value();
  EXPECT_EQ(version.source, "mlflow-artifacts:/bundles/" + digest_.ToHex());
  EXPECT_EQ(version.storage_location, version.source);
  EXPECT_EQ(version.stage, "None");
  EXPECT_EQ(version.run_id, "r1");
  EXPECT_EQ(version.description, "old");
  EXPECT_TRUE(version.described);
  EXPECT_TRUE(version.has_bundle());
  EXPECT_EQ(version.bundle_digest, digest_);
}

TEST_F(MigrationTest, WhatWasDeletedStaysAndNumbersGoOn) {
  EXPECT_FALSE(registry_->Get({.model = ModelName("rain"), .version = 2}));
  const auto next = registry_->CreateVersion(ModelName("rain"), {.source = "s3://bucket/model"}).value();
  EXPECT_EQ(next.ref.version, 3);
  EXPECT_EQ(registry_->SearchVersions({}).value().items.size(), 2u);
}

TEST_F(MigrationTest, OldModelsHaveNoTags) {
  const auto model = registry_->GetModel(ModelName("rain")).value();
  EXPECT_TRUE(model.tags.empty());
  EXPECT_EQ(model.description, "wet");
  EXPECT_TRUE(registry_->SetModelTag(model.name, "team", "a", "ann"));
  EXPECT_EQ(registry_->SearchModels({.filter = "tags.team = 'a'"}).value().items.size(), 1u);
}

TEST_F(MigrationTest, OpeningAgainChangesNothing) {
  const auto before = registry_->Get({.model = ModelName("rain"), .version = 1}).value().ToJson();
  registry_ = Registry::Open(*database_, *blobs_).value();
  EXPECT_EQ(registry_->Get({.model = ModelName("rain"), .version = 1}).value().ToJson(), before);
}

}  // namespace
}  // namespace gyre::registry
