// Files of other versions of MLflow, and files that contradict themselves.
#include <cmath>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/testing/manual_clock.h"
#include "base/testing/seeded_entropy.h"
#include "store/database.h"
#include "transfer/source.h"

namespace gyre::transfer {
namespace {

namespace fs = std::filesystem;

constexpr std::array kOldTables = {
    "CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name VARCHAR(256), artifact_location VARCHAR(256), "
    "lifecycle_stage VARCHAR(32))",
    "CREATE TABLE runs (run_uuid VARCHAR(32) PRIMARY KEY, name VARCHAR(250), user_id VARCHAR(256), status VARCHAR(20), "
    "start_time BIGINT, end_time BIGINT, lifecycle_stage VARCHAR(20), artifact_uri VARCHAR(200), experiment_id "
    "INTEGER)",
    "CREATE TABLE metrics (key VARCHAR(250), value FLOAT, timestamp BIGINT, run_uuid VARCHAR(32))",
    "CREATE TABLE params (key VARCHAR(250), value VARCHAR(250), run_uuid VARCHAR(32))",
    "CREATE TABLE tags (key VARCHAR(250), value VARCHAR(250), run_uuid VARCHAR(32))",
    "INSERT INTO experiments VALUES (3, 'old', '/srv/3', NULL)",
    "INSERT INTO runs VALUES ('r1', '', 'ann', 'FINISHED', 5, 6, NULL, '/srv/3/r1/artifacts', 3)",
    "INSERT INTO metrics VALUES ('loss', 0.5, 7, 'r1')",
    "INSERT INTO params VALUES ('p', 'v', 'r1')",
};

class OldSqliteTest : public ::testing::Test {
 protected:
  void Write(const std::vector<std::string>& more) {
    base::SystemClock clock;
    base::SystemEntropy entropy;
    auto database = store::Database::Open({.path = path()}, clock, entropy).value();
    const auto written = database->RunWrite([&](store::Transaction& transaction) -> base::Result<void> {
      for (const char* sql : kOldTables) TRY(transaction.Execute(sql));
      for (const auto& sql : more) TRY(transaction.Execute(sql));
      return base::Ok();
    });
    EXPECT_TRUE(written) << written.error().message();
    database->Stop();
  }
  fs::path path() const { return folder_.path() / "old.db"; }
  std::vector<transfer::Run> Runs(Source& source) {
    std::vector<transfer::Run> runs;
    EXPECT_TRUE(source.Runs({.id = "3"}, [&](transfer::Run& run) -> base::Result<void> {
      runs.push_back(run);
      return base::Ok();
    }));
    return runs;
  }
  base::TempFolder folder_ = base::TempFolder::Make(fs::temp_directory_path(), "old_sqlite").value();
  Report report_;
};

TEST_F(OldSqliteTest, ColumnsAndTablesThatCameLaterAreEmpty) {
  Write({});
  const auto source = OpenSqliteSource(path(), {}, report_).value();
  const auto runs = Runs(*source);
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].stage, "active");
  EXPECT_EQ(runs[0].params, (Texts{{"p", "v"}}));
  EXPECT_TRUE(runs[0].latest.empty());
  int points = 0;
  ASSERT_TRUE(source->Points(runs[0], [&](std::span<const Point>& some) -> base::Result<void> {
    points += static_cast<int>(some.size());
    EXPECT_EQ(some[0].value, 0.5);
    EXPECT_EQ(some[0].step, 0);
    return base::Ok();
  }));
  EXPECT_EQ(points, 1);
  EXPECT_TRUE(source->LoggedModels({.id = "3"}, [](LoggedModel&) { return base::Ok(); }));
  EXPECT_TRUE(source->RegisteredModels([](RegisteredModel&) { return base::Ok(); }));
}

TEST_F(OldSqliteTest, HistoriesComeInPieces) {
  Write(
      {"WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2500) INSERT INTO metrics SELECT "
       "'many', x, x, 'r1' FROM n"});
  const auto source = OpenSqliteSource(path(), {}, report_).value();
  std::vector<size_t> sizes;
  ASSERT_TRUE(source->Points({.id = "r1"}, [&](std::span<const Point>& some) -> base::Result<void> {
    sizes.push_back(some.size());
    return base::Ok();
  }));
  EXPECT_EQ(sizes, (std::vector<size_t>{1000, 1000, 501}));
}

TEST_F(OldSqliteTest, ManyRunsAreReadInPages) {
  Write(
      {"WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 450) INSERT INTO runs SELECT "
       "'x' || x, 'n', '', 'RUNNING', 1, NULL, 'active', '', 3 FROM n"});
  const auto source = OpenSqliteSource(path(), {}, report_).value();
  EXPECT_EQ(Runs(*source).size(), 451U);
  EXPECT_EQ(source->CountRuns().value(), 451);
}

TEST_F(OldSqliteTest, TracesAndLostDatasetsAreReported) {
  Write({"CREATE TABLE trace_info (request_id VARCHAR(50))", "INSERT INTO trace_info VALUES ('t')",
         "CREATE TABLE datasets (dataset_uuid TEXT, name TEXT, digest TEXT, dataset_source_type TEXT, dataset_source "
         "TEXT, dataset_schema TEXT, dataset_profile TEXT)",
         "CREATE TABLE inputs (input_uuid TEXT, source_type TEXT, source_id TEXT, destination_type TEXT, "
         "destination_id TEXT)",
         "INSERT INTO inputs VALUES ('i', 'DATASET', 'gone', 'RUN', 'r1')"});
  const auto source = OpenSqliteSource(path(), {}, report_).value();
  ASSERT_TRUE(source->Experiments([&](Experiment&) { return base::Ok(); }));
  Runs(*source);
  ASSERT_EQ(report_.lost(), 2);
  EXPECT_EQ(report_.losses()[0].kind, "traces");
  EXPECT_EQ(report_.losses()[1].id, "r1");
}

TEST_F(OldSqliteTest, AFileWithoutTheTablesIsNoneOfMlflow) {
  Write({"DROP TABLE params"});
  const auto source = OpenSqliteSource(path(), {}, report_);
  ASSERT_FALSE(source);
  EXPECT_NE(source.error().message().find("no table 'params'"), std::string::npos);
}

}  // namespace
}  // namespace gyre::transfer
