#include "data/holdings.h"

#include <gmock/gmock.h>

#include "base/testing/manual_clock.h"
#include "base/testing/seeded_entropy.h"
#include "data/catalog.h"
#include "data/ingest.h"
#include "data/testing/table_fixture.h"

namespace gyre::data {
namespace {

class DataHoldingsTest : public testing::TableTest {
 protected:
  DatasetVersion Register(std::string_view csv, bool keep_source) {
    auto facts = IngestFile(work_, Write("in.csv", csv), {}, In("out.parquet")).value();
    NewVersion version{.dataset = DatasetName("d"), .facts = std::move(facts), .parquet = In("out.parquet")};
    if (keep_source) version.source = In("in.csv");
    version.actor = "ann";
    return catalog_->Register(version).value().version;
  }

  base::testing::ManualClock clock_{base::ParseTimestamp("2013-10-01").value()};
  base::testing::SeededEntropy entropy_{7};
  std::unique_ptr<blob::BlobStore> blobs_ = blob::OpenLocalBlobStore(In("blobs")).value();
  std::unique_ptr<store::Database> database_ = store::Database::Open({.path = In("meta.db")}, clock_, entropy_).value();
  std::unique_ptr<Catalog> catalog_ = Catalog::Open(*database_, *blobs_).value();
};

TEST_F(DataHoldingsTest, NamesTablesAndKeptSources) {
  const auto first = Register("a\n1\n", true);
  const auto second = Register("a\n2\n", false);
  std::vector<base::Digest> named;
  ASSERT_TRUE(database_->Read([&](store::Reader& reader) {
    return NameBlobs(reader, [&](const base::Digest& digest) { named.push_back(digest); });
  }));
  EXPECT_THAT(named, ::testing::IsSupersetOf({first.file.sha256, first.source->sha256, second.file.sha256}));
  EXPECT_LE(named.size(), 4u);
}

}  // namespace
}  // namespace gyre::data
