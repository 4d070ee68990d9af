#include "data/catalog.h"

#include <gmock/gmock.h>

#include "base/testing/manual_clock.h"
#include "base/testing/seeded_entropy.h"
#include "data/ingest.h"
#include "data/testing/table_fixture.h"
#include "store/testing/audit_actions.h"
#include "store/testing/schema_dump.h"

namespace gyre::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const DatasetName kWeather("weather");

class CatalogTest : public testing::TableTest {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    catalog_.reset();
    database_.reset();
    blobs_ = blob::OpenLocalBlobStore(In("blobs")).value();
    database_ = store::Database::Open({.path = In("meta.db")}, clock_, entropy_).value();
    catalog_ = Catalog::Open(*database_, *blobs_).value();
  }

  NewVersion Made(std::string_view csv, const DatasetName& name = kWeather) {
    auto facts = IngestFile(work_, Write("in.csv", csv), {.nulls = {"NA"}}, In("out.parquet")).value();
    return {.dataset = name,
            .facts = std::move(facts),
            .parquet = In("out.parquet"),
            .source = In("in.csv"),
            .options = {{"nulls", {"NA"}}},
            .pipeline_run = "run-1",
            .actor = "ann"};
  }
  DatasetVersion Register(std::string_view csv, const DatasetName& name = kWeather) {
    return catalog_->Register(Made(csv, name)).value().version;
  }
  std::string Refusal(std::string_view reference) {
    const auto found = catalog_->Resolve(reference);
    return found ? "found " + found->Reference() : found.error().message();
  }

  base::testing::ManualClock clock_{base::ParseTimestamp("2013-10-01").value()};
  base::testing::SeededEntropy entropy_{7};
  std::unique_ptr<blob::BlobStore> blobs_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<Catalog> catalog_;
};

TEST_F(CatalogTest, KeepsAVersionAcrossARestart) {
  const auto made = catalog_->Register(Made("a,b\n1,x\nNA,y\n")).value();
  EXPECT_TRUE(made.created);
  Open();
  const auto read = catalog_->Get(made.version.id).value();
  EXPECT_EQ(read.ToJson(), made.version.ToJson());
  EXPECT_EQ(read.Reference(), "weather/1");
  EXPECT_EQ(read.rows, 2U);
  EXPECT_EQ(read.source->name, "in.csv");
  EXPECT_EQ(read.options, base::Json({{"nulls", {"NA"}}}));
  EXPECT_EQ(read.created_by, "ann");
  EXPECT_EQ(read.pipeline_run, "run-1");
  EXPECT_TRUE(read.schema.columns[0].nullable);
  const auto profile = catalog_->Profile(read.id).value();
  EXPECT_EQ(profile, Made("a,b\n1,x\nNA,y\n").facts.profile);
  EXPECT_EQ(blobs_->Get(read.file.sha256, 1 << 20).value().substr(0, 4), "PAR1");
  EXPECT_EQ(blobs_->Get(read.source->sha256, 1 << 20).value(), "a,b\n1,x\nNA,y\n");
}

TEST_F(CatalogTest, TheSameContentIsTheSameVersion) {
  const auto first = Register("a\n1\n2\n");
  clock_.Advance(std::chrono::hours(1));
  const auto again = catalog_->Register(Made("a\r\n1\r\n2\r\n")).value();
  EXPECT_FALSE(again.created);
  EXPECT_EQ(again.version.ToJson(), first.ToJson()) << "as it was first registered";
  const auto second = Register("a\n1\n3\n");
  EXPECT_EQ(second.number, 2);
  EXPECT_NE(Register("a\n1\n2\n", DatasetName("other")).id, first.id) << "ids name one dataset each";
  EXPECT_THAT(store::testing::AuditActions(*database_),
              ElementsAre("ann dataset_version_registered weather/1", "ann dataset_version_registered weather/2",
                          "ann dataset_version_registered other/1"));
}

TEST_F(CatalogTest, ConcurrentRegistrationsOfOneContentMakeOneVersion) {
  const auto made = Made("a\n1\n2\n");
  std::atomic<int> created = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { created += catalog_->Register(made).value().created ? 1 : 0; });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(created, 1);
  EXPECT_EQ(catalog_->ListVersions(kWeather).value().size(), 1U);
}

TEST_F(CatalogTest, ResolvesReferences) {
  const auto first = Register("a\n1\n");
  const auto second = Register("a\n2\n");
  for (const std::string_view latest : {"weather", "weather@latest", "weather/2"}) {
    EXPECT_EQ(catalog_->Resolve(latest).value().id, second.id) << latest;
  }
  EXPECT_EQ(catalog_->Resolve("weather/1").value().id, first.id);
  EXPECT_EQ(catalog_->Resolve(first.id.value()).value().id, first.id);
  EXPECT_EQ(catalog_->Resolve("weather@" + first.id.value().substr(0, 8)).value().id, first.id);
  EXPECT_EQ(catalog_->Resolve("weather@" + first.id.value()).value().id, first.id);
  EXPECT_THAT(Refusal("wether"), HasSubstr("there is no dataset 'wether'; did you mean 'weather'?"));
  EXPECT_THAT(Refusal("weather/3"), HasSubstr("no dataset version weather/3"));
  EXPECT_THAT(Refusal("weather/0"), HasSubstr("write it like weather/3"));
  EXPECT_THAT(Refusal("weather/99999999999999999999"), HasSubstr("write it like weather/3"));
  EXPECT_THAT(Refusal("weather@1234"), HasSubstr("8 or more hexadecimal digits"));
  EXPECT_THAT(Refusal("weather@00000000"), HasSubstr("no dataset version"));
  EXPECT_THAT(Refusal("../etc"), HasSubstr("cannot be the name"));
  EXPECT_THAT(Refusal(std::string(64, '0')), HasSubstr("no dataset version"));
}

TEST_F(CatalogTest, ListsNewestFirstPageByPage) {
  EXPECT_TRUE(catalog_->ListDatasets().value().empty());
  for (int i = 1; i <= 5; ++i) Register(fmt::format("a\n{}\n", i));
  Register("a\n1\n2\n", DatasetName("airports"));
  const auto numbers = [&](int64_t limit, std::optional<int64_t> below) {
    std::vector<int64_t> found;
    const auto versions = catalog_->ListVersions(kWeather, limit, below).value();
    for (const auto& version : versions) found.push_back(version.number);
    return found;
  };
  EXPECT_THAT(numbers(3, {}), ElementsAre(5, 4, 3));
  EXPECT_THAT(numbers(3, 3), ElementsAre(2, 1));
  EXPECT_FALSE(catalog_->ListVersions(kWeather, 0));
  EXPECT_FALSE(catalog_->ListVersions(DatasetName("nope")));
  const auto datasets = catalog_->ListDatasets().value();
  ASSERT_EQ(datasets.size(), 2U);
  EXPECT_EQ(datasets[0].name.value(), "airports");
  EXPECT_EQ(datasets[1].latest_number, 5);
  EXPECT_EQ(datasets[0].latest_rows, 2U);
  EXPECT_EQ(catalog_->GetDataset(kWeather).value().ToJson()["latest"]["number"], 5);
}

TEST_F(CatalogTest, RecordsParents) {
  const auto raw = Register("a\n1\n");
  auto made = Made("a\n10\n", DatasetName("features"));
  made.parents = {raw.id};
  const auto features = catalog_->Register(made).value().version;
  EXPECT_THAT(catalog_->Get(features.id).value().parents, ElementsAre(raw.id));
  made = Made("a\n11\n", DatasetName("features"));
  made.parents = {raw.id, DatasetVersionId("0123")};
  EXPECT_EQ(catalog_->Register(made).error().code(), base::ErrorCode::kNotFound);
  EXPECT_EQ(catalog_->ListVersions(DatasetName("features")).value().size(), 1U) << "nothing half-registered";
}

TEST_F(CatalogTest, RefusesFilesThatAreNotWhatTheFactsSay) {
  auto made = Made("a\n1\n");
  Write("out.parquet", "PAR1 something else PAR1");
  const auto parquet = catalog_->Register(made);
  EXPECT_EQ(parquet.error().code(), base::ErrorCode::kUnprocessable);
  EXPECT_THAT(parquet.error().message(), HasSubstr("is not the file the step told of"));
  made = Made("a\n1\n");
  Write("in.csv", "a\n2\n");
  EXPECT_EQ(catalog_->Register(made).error().code(), base::ErrorCode::kUnprocessable);
  made = Made("a\n1\n");
  made.facts.profile.clear();
  EXPECT_FALSE(catalog_->Register(made));
  EXPECT_FALSE(catalog_->Register(Made("a\n1\n", DatasetName("a/b"))));
  EXPECT_TRUE(catalog_->ListDatasets().value().empty());
}

TEST_F(CatalogTest, NothingIsRegisteredWhereBytesOrRowsCannotBeKept) {
  const auto made = Made("a\n1\n");
  auto gone = made;
  gone.parquet = In("gone.parquet");
  EXPECT_EQ(catalog_->Register(gone).error().code(), base::ErrorCode::kNotFound);
  database_->Stop();
  EXPECT_EQ(catalog_->Register(made).error().code(), base::ErrorCode::kUnavailable);
  Open();
  EXPECT_TRUE(catalog_->ListDatasets().value().empty());
  EXPECT_TRUE(catalog_->Register(made).value().created) << "the blob that was left behind is taken up";
}

TEST_F(CatalogTest, TheJsonSaysWhatThereIs) {
  const auto json = Register("a,b\n1,x\n").ToJson();
  EXPECT_EQ(json["ref"], "weather/1");
  EXPECT_EQ(json["created_at"], "2013-10-01T00:00:00Z");
  EXPECT_EQ(json["schema"][1], base::Json({{"name", "b"}, {"type", "text"}, {"nullable", false}}));
  auto made = Made("a\n5\n");
  made.source.reset();
  made.facts.source.reset();
  made.pipeline_run.clear();
  made.options = nullptr;
  const auto bare = catalog_->Register(made).value().version.ToJson();
  EXPECT_TRUE(bare["source"].is_null());
  EXPECT_TRUE(bare["pipeline_run"].is_null());
  EXPECT_EQ(bare["options"], base::Json::object());
}

TEST_F(CatalogTest, ItsSchemaIsTheReleasedOne) {
  const auto golden = base::ReadFile(GYRE_TEST_DATA "/schema.sql", 1 << 20).value();
  EXPECT_EQ(store::testing::DumpSchema(*database_).value(), golden)
      << "A released migration never changes: add one, and put the dump above into testdata/schema.sql.";
}

}  // namespace
}  // namespace gyre::data
